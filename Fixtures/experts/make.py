#!/usr/bin/env python3
"""Makes a tiny mixture of experts, two of five for each token, and what llama.cpp computes for it.

    python3 make.py DUMPLOGITS      # needs numpy and gguf; DUMPLOGITS as ../shared/conformance has it
"""
import math
import subprocess
import sys

import gguf
import numpy as np

WIDTH, INNER, HEADS, EXPERTS, USED, VOCABULARY, TOKENS = 32, 32, 2, 5, 2, 32, 32


def main(dumplogits):
    random = np.random.default_rng(3)
    writer = gguf.GGUFWriter("experts.gguf", "llama")
    writer.add_vocab_size(VOCABULARY)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_expert_count(EXPERTS)
    writer.add_expert_used_count(USED)
    writer.add_tokenizer_model("test")
    writer.add_token_list([f"tok_{i}" for i in range(VOCABULARY)])
    writer.add_token_scores([0.0] * VOCABULARY)
    writer.add_token_types([1] * VOCABULARY)

    def matrix(name, *shape, scale=1.0):
        values = random.standard_normal(shape) * scale / math.sqrt(shape[-1])
        writer.add_tensor(name, values.astype(np.float32))

    def norm(name):
        writer.add_tensor(name, (1 + 0.1 * random.standard_normal(WIDTH)).astype(np.float32))

    matrix("token_embd.weight", VOCABULARY, WIDTH, scale=4)
    matrix("output.weight", VOCABULARY, WIDTH)
    for name in ["output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"]:
        norm(f"{name}.weight")
    for name in ["q", "k", "v", "output"]:
        matrix(f"blk.0.attn_{name}.weight", WIDTH, WIDTH)
    matrix("blk.0.ffn_gate_inp.weight", EXPERTS, WIDTH, scale=2)
    matrix("blk.0.ffn_gate_exps.weight", EXPERTS, INNER, WIDTH, scale=2)
    matrix("blk.0.ffn_up_exps.weight", EXPERTS, INNER, WIDTH, scale=2)
    matrix("blk.0.ffn_down_exps.weight", EXPERTS, WIDTH, INNER, scale=2)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    tokens = [str((i * 11 + i * i // 2) % VOCABULARY) for i in range(TOKENS)]
    subprocess.run([dumplogits, "experts.gguf", "experts.f32"] + tokens, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
