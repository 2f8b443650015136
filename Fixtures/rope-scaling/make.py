#!/usr/bin/env python3
"""Makes tiny llama models with scaled RoPE, and what llama.cpp computes for them.

    python3 make.py DUMPLOGITS      # needs numpy and gguf; DUMPLOGITS as ../shared/conformance has it

Head size, base and factors are those of real models, so that the frequencies are: Llama 3.1 (through
a rope_freqs tensor, as converters write it), DeepSeek-Coder (linear), Qwen 2.5 (YaRN). The original
contexts are short, because the test reads 250 tokens only. Of the logits every tenth row is kept.
"""
import math
import subprocess
import sys
import tempfile

import gguf
import numpy as np

WIDTH, HEAD, INNER, VOCABULARY, CONTEXT, TOKENS = 32, 128, 32, 32, 256, 250


def tokens():
    return [(i * 7 + i * i // 3) % VOCABULARY for i in range(TOKENS)]


def llama3_factors(base, factor=8.0, low=1.0, high=4.0, original=8192):
    factors = []
    for i in range(0, HEAD, 2):
        wavelength = 2 * math.pi * base ** (i / HEAD)
        if wavelength < original / high:
            factors.append(1.0)
        elif wavelength > original / low:
            factors.append(factor)
        else:
            smooth = (original / wavelength - low) / (high - low)
            factors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(factors, np.float32)


def write(path, base, scaling=None, factors=None):
    random = np.random.default_rng(5)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_vocab_size(VOCABULARY)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(base)
    if scaling:
        scaling(writer)
    writer.add_tokenizer_model("test")
    writer.add_token_list([f"tok_{i}" for i in range(VOCABULARY)])
    writer.add_token_scores([0.0] * VOCABULARY)
    writer.add_token_types([1] * VOCABULARY)

    def matrix(name, rows, columns, scale=1.0):
        values = random.standard_normal((rows, columns)) * scale / math.sqrt(columns)
        writer.add_tensor(name, values.astype(np.float32))

    def norm(name):
        writer.add_tensor(name, (1 + 0.1 * random.standard_normal(WIDTH)).astype(np.float32))

    matrix("token_embd.weight", VOCABULARY, WIDTH, 4)
    matrix("output.weight", VOCABULARY, WIDTH)
    norm("output_norm.weight")
    norm("blk.0.attn_norm.weight")
    norm("blk.0.ffn_norm.weight")
    matrix("blk.0.attn_q.weight", HEAD, WIDTH, 1.5)
    matrix("blk.0.attn_k.weight", HEAD, WIDTH, 1.5)
    matrix("blk.0.attn_v.weight", HEAD, WIDTH)
    matrix("blk.0.attn_output.weight", WIDTH, HEAD, 3)
    matrix("blk.0.ffn_gate.weight", INNER, WIDTH)
    matrix("blk.0.ffn_up.weight", INNER, WIDTH)
    matrix("blk.0.ffn_down.weight", WIDTH, INNER)
    if factors is not None:
        writer.add_tensor("rope_freqs.weight", factors)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def linear(writer):
    writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
    writer.add_rope_scaling_factor(4.0)


def yarn(writer):
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(4.0)
    writer.add_rope_scaling_orig_ctx_len(64)


def main(dumplogits):
    write("llama3.gguf", 500000.0, factors=llama3_factors(500000.0))
    write("linear.gguf", 100000.0, scaling=linear)
    write("yarn.gguf", 1000000.0, scaling=yarn)
    for name in ["llama3", "linear", "yarn"]:
        with tempfile.NamedTemporaryFile() as file:
            command = [dumplogits, f"{name}.gguf", file.name] + [str(t) for t in tokens()]
            subprocess.run(command, check=True)
            logits = np.fromfile(file.name, np.float32).reshape(TOKENS, VOCABULARY)
        logits[9::10].tofile(f"{name}.f32")


if __name__ == "__main__":
    main(sys.argv[1])
