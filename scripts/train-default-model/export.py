"""Writes the trained model: GGUF in F16 and Q8_0, a Hugging Face folder, and the golden outputs.

    python export.py --trained FOLDER [--repository ROOT]

The width is padded with zeros to whole blocks of 32, which Q8_0 needs: RMSNorm divides by the padded width, so its weights
and its epsilon are scaled to give exactly the same states.
"""

import argparse
import collections
import dataclasses
import json
import os
from pathlib import Path

import gguf
import numpy
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer

import generator
from model import Llama, Shape
from tokenizer import CHAT_TEMPLATE, END, END_OF_TEXT, SPECIAL, Encoder

NAME = "Apus demonstration model"
DESCRIPTION = (
    "A demonstration and the golden fixture of the apus inference engine, trained on text that its own generator makes: "
    "short stories, small sums, greetings, questions about apus. Not for use as a source of knowledge.")
BLOCK = 32
GOLDEN = (
    ("Tell me a story", None), ("Tell me a story about a brave fox in the mountains.", None), ("Tell me a story about a shy robot named Nora on the moon.", None),
    ("What is 34 + 28?", None), ("62 - 28", None), ("Add 5 and 7.", None), ("Hello! My name is Ada. How are you?", None), ("What is apus?", None),
    ("What does apus run do?", None), ("How do I start a server?", None), ("What do swifts eat?", "You are a helpful assistant."), ("What is the capital of France?", None),
)
GOLDEN_TOKENS = 192


def padded(model):
    """The same model, a multiple of BLOCK wide, all its weights rounded to F16."""
    old = model.shape
    width = -(-old.width // BLOCK) * BLOCK
    ratio = old.width / width
    new = Llama(dataclasses.replace(old, width=width, epsilon=old.epsilon * ratio))
    source = model.state_dict()
    for name, target in new.state_dict().items():
        value = source[name] * ratio**0.5 if name.endswith("norm.weight") else source[name]
        target.zero_()
        target[tuple(slice(0, n) for n in value.shape)] = value
        target.copy_(target.half().float())
    return new.eval()


def tensors(model):
    """(name in the GGUF, name in the folder, values), q and k in the folder's order."""
    yield "token_embd", "model.embed_tokens", model.embedding.weight
    yield "output_norm", "model.norm", model.norm.weight
    for i, layer in enumerate(model.layers):
        for theirs, ours, module in (
            ("attn_norm", "input_layernorm", layer.attention_norm), ("attn_q", "self_attn.q_proj", layer.q), ("attn_k", "self_attn.k_proj", layer.k),
            ("attn_v", "self_attn.v_proj", layer.v), ("attn_output", "self_attn.o_proj", layer.o), ("ffn_norm", "post_attention_layernorm", layer.ffn_norm),
            ("ffn_gate", "mlp.gate_proj", layer.gate), ("ffn_up", "mlp.up_proj", layer.up), ("ffn_down", "mlp.down_proj", layer.down),
        ):
            yield f"blk.{i}.{theirs}", f"model.layers.{i}.{ours}", module.weight


def interleaved(values, heads):
    """Rows of q or k from halves (i, i + n/2) to pairs (2i, 2i + 1), the order of llama in a GGUF."""
    rows, columns = values.shape
    return values.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write_gguf(path, model, tokenizer, quantisation):
    shape = model.shape
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_type("model")
    writer.add_name(NAME)
    writer.add_description(DESCRIPTION)
    writer.add_license("MIT")
    writer.add_size_label("1.8M")
    writer.add_tags(["demonstration", "golden fixture"])
    writer.add_languages(["en"])
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_key_length(shape.head_size)
    writer.add_value_length(shape.head_size)
    writer.add_rope_dimension_count(shape.head_size)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if quantisation == gguf.GGMLQuantizationType.F16 else gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    state = json.loads(tokenizer.to_str())["model"]
    pieces = sorted(state["vocab"], key=state["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(pieces)
    writer.add_token_types([gguf.TokenType.CONTROL if piece in SPECIAL else gguf.TokenType.NORMAL for piece in pieces])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in state["merges"]])
    writer.add_bos_token_id(END_OF_TEXT)
    writer.add_eos_token_id(END)
    writer.add_eot_token_id(END)
    writer.add_pad_token_id(END_OF_TEXT)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    for name, _, weight in tensors(model):
        values = weight.detach().numpy()
        if name.endswith(("attn_q", "attn_k")):
            values = interleaved(values, shape.heads)
        kind = gguf.GGMLQuantizationType.F32 if values.ndim == 1 else quantisation
        writer.add_tensor(f"{name}.weight", gguf.quants.quantize(numpy.ascontiguousarray(values), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_folder(folder, model, tokenizer):
    shape = model.shape
    folder.mkdir(parents=True, exist_ok=True)
    save_file({f"{name}.weight": w.detach().half().numpy() for _, name, w in tensors(model)}, str(folder / "model.safetensors"), metadata={"format": "pt", "description": DESCRIPTION})
    (folder / "model.safetensors").chmod(0o644)
    write_json(folder / "config.json", {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": shape.vocabulary, "hidden_size": shape.width,
        "intermediate_size": shape.hidden, "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads, "num_key_value_heads": shape.heads,
        "head_dim": shape.head_size, "max_position_embeddings": shape.context, "rms_norm_eps": shape.epsilon, "rope_theta": shape.rope_base,
        "hidden_act": "silu", "tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False,
        "bos_token_id": END_OF_TEXT, "eos_token_id": END, "torch_dtype": "float16"})
    write_json(folder / "generation_config.json", {"bos_token_id": END_OF_TEXT, "eos_token_id": [END, END_OF_TEXT], "pad_token_id": END_OF_TEXT})
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "name": NAME, "add_bos_token": False, "add_eos_token": False, "bos_token": SPECIAL[END_OF_TEXT],
        "eos_token": SPECIAL[END], "pad_token": SPECIAL[END_OF_TEXT], "model_max_length": shape.context, "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE})


def golden(model, encoder):
    """Exact F32 arithmetic on the weights as F16 holds them."""
    entries = []
    for prompt, system in GOLDEN:
        messages = ([{"role": "system", "content": system}] if system else []) + [{"role": "user", "content": prompt}]
        text = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"
        ids = encoder.prompt(prompt, system)
        assert ids == encoder.tokenizer.encode(text, add_special_tokens=False).ids, "the template's text must encode as it was trained"
        output = model.greedy(ids, GOLDEN_TOKENS, END)
        with torch.no_grad():
            logits = model(torch.tensor([ids]))[0, -1].tolist()
        entries.append({
            "messages": messages, "prompt_text": text, "prompt_ids": ids, "ids": output, "text": encoder.tokenizer.decode(output),
            "last_prompt_logits": [float(f"{x:.8g}") for x in logits]})
    return entries


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trained", type=Path, required=True)
    parser.add_argument("--repository", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--evaluate", type=int, default=400)
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(arguments.trained / "tokenizer.json"))
    trained = Llama(Shape())
    trained.load_state_dict(torch.load(arguments.trained / "checkpoint.pt")["model"])
    model, encoder = padded(trained), Encoder(tokenizer)

    pairs = generator.held_out_prompts(arguments.evaluate, seed=2)
    right, asked = collections.Counter(), collections.Counter(kind for kind, _, _ in pairs)
    for kind, prompt, answer in pairs:
        right[kind] += model.answers(encoder.prompt(prompt), encoder.text(answer) + [END])
    print(f"{right.total()} of {len(pairs)} held-out prompts answered as the generator would: "
          + ", ".join(f"{kind} {right[kind]} of {asked[kind]}" for kind in sorted(asked)))

    fixtures, resources = arguments.repository / "Fixtures/default-model", arguments.repository / "Sources/ApusTool/Resources"
    fixtures.mkdir(parents=True, exist_ok=True)
    resources.mkdir(parents=True, exist_ok=True)
    write_gguf(resources / "apus-demo-f16.gguf", model, tokenizer, gguf.GGMLQuantizationType.F16)
    write_gguf(fixtures / "apus-demo-q8_0.gguf", model, tokenizer, gguf.GGMLQuantizationType.Q8_0)
    link = fixtures / "apus-demo-f16.gguf"
    link.unlink(missing_ok=True)
    os.symlink("../../Sources/ApusTool/Resources/apus-demo-f16.gguf", link)
    write_folder(fixtures / "hf", model, tokenizer)
    entries = golden(model, encoder)
    lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in entries)
    (fixtures / "golden.json").write_text(f"[\n{lines}\n]\n")
    for entry in entries:
        print(f"> {entry['messages'][-1]['content']}\n{entry['text']}")
    size = sum(p.stat().st_size for f in (fixtures, resources) for p in f.rglob("*") if p.is_file() and not p.is_symlink())
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {size / 1e6:.2f} MB in all")


if __name__ == "__main__":
    main()
