#!/usr/bin/env python3
"""Makes the golden files of this folder: what the PyPI package `gguf` decodes and encodes.

    pip install numpy gguf && python3 make.py

`FORMAT.decode` holds some blocks and, behind them, the floats that they decode to;
`FORMAT.encode` holds floats (as many blocks as its size says) and, behind them, their blocks.
Half of the blocks to decode are random bytes with sane scales, the rest are edge cases.
"""
import pathlib

import gguf
import numpy as np
from gguf.quants import dequantize, quantize

HERE = pathlib.Path(__file__).parent
# Offsets of the binary16 scales in a block.
SCALES = {
    "F32": [], "F16": [], "BF16": [], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2],
    "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}
ENCODED = ["F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"]
# Zero, negative zero, the smallest and the largest subnormal, the smallest normal, 1, -1, the
# largest: as binary16.
EDGES = np.array(
    [0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x3C00, 0xBC00, 0x7BFF, 0xFBFF], np.uint16)


def decode_cases(name, rng):
    qtype = gguf.GGMLQuantizationType[name]
    elements, size = gguf.GGML_QUANT_SIZES[qtype]
    if name == "F32":
        values = rng.standard_normal(64).astype(np.float32)
        values[:6] = [0, -0.0, 1e-45, -1e-40, 3.4028235e38, -1]
        return qtype, values.view(np.uint8).reshape(1, -1)
    if name in ("F16", "BF16"):  # all finite numbers and infinities of every 37th pattern
        bits = np.arange(0, 65536, 37).astype(np.uint16)
        exponent = 0x7C00 if name == "F16" else 0x7F80
        mantissa = 0x7FFF - exponent
        bits = bits[((bits & exponent) != exponent) | ((bits & mantissa) == 0)]
        if name == "F16":
            bits = np.concatenate([bits, EDGES, np.array([0x7C00, 0xFC00], np.uint16)])
        return qtype, bits.view(np.uint8).reshape(1, -1)
    count = 8 if elements == 256 else 24
    blocks = rng.integers(0, 256, (count, size), dtype=np.uint8)
    for row in range(count):
        for place, offset in enumerate(SCALES[name]):
            scale = np.float16(rng.standard_normal() * 0.02).view(np.uint16)
            if row >= count // 2:
                scale = EDGES[(row * 2 + place * 3) % len(EDGES)]
            blocks[row, offset:offset + 2] = np.array([scale]).view(np.uint8)
    for row, fill in [(count - 1, 0x00), (count - 2, 0xFF)]:
        kept = [blocks[row, o:o + 2].copy() for o in SCALES[name]]
        blocks[row] = fill
        if fill == 0xFF:
            for o, k in zip(SCALES[name], kept):
                blocks[row, o:o + 2] = k
    return qtype, blocks.reshape(1, -1)


def encode_cases(name, rng):
    qtype = gguf.GGMLQuantizationType[name]
    elements, _ = gguf.GGML_QUANT_SIZES[qtype]
    if elements == 1:
        values = (rng.standard_normal(512) * 10.0 ** rng.integers(-8, 5, 512)).astype(np.float32)
        values[:12] = [0, -0.0, 65504, 65519.996, 6e-8, 2.98e-8, 2.99e-8, 6.1035e-5, 6.09e-5,
                       1.0009765, 1.0004883, 1.0014648]
        return qtype, values.reshape(1, -1)
    values = rng.standard_normal((24, 32)).astype(np.float32)
    values *= (10.0 ** rng.integers(-3, 3, (24, 1))).astype(np.float32)
    values[16] = 0
    values[17] = 0.37
    values[18] = -0.37
    values[19] = np.arange(32, dtype=np.float32)
    values[20] = -np.arange(32, dtype=np.float32)
    values[21] = np.where(np.arange(32) == 5, 8.0, 0.0)
    values[22] = np.arange(32, dtype=np.float32) / 2 - 8  # ties
    values[23] = np.abs(values[23])
    return qtype, values.reshape(1, -1)


for index, name in enumerate(SCALES):
    rng = np.random.default_rng(1000 + index)
    qtype, blocks = decode_cases(name, rng)
    floats = dequantize(blocks, qtype).astype(np.float32)
    assert np.isfinite(floats).all() or name in ("F16", "BF16"), name
    (HERE / f"{name}.decode").write_bytes(blocks.tobytes() + floats.tobytes())
    if name in ENCODED:
        qtype, values = encode_cases(name, rng)
        (HERE / f"{name}.encode").write_bytes(values.tobytes() + quantize(values, qtype).tobytes())
