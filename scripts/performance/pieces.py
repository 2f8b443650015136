"""What is measured, in pieces of about a minute, each of which writes one file of results."""

from dataclasses import dataclass
from typing import Callable

import programs

SPEED = [
    "tinyllama-1.1b-Q4_K_M", "tinyllama-1.1b-Q6_K", "tinyllama-1.1b-Q8_0", "tinyllama-1.1b-f16", "smol-135m-Q8_0",
    "qwen-0.5b-Q8_0"]
LARGE, SMALL = "tinyllama-1.1b-Q4_K_M", "smol-135m-Q8_0"
DEPTHS = [(LARGE, 1900), (SMALL, 4096), (SMALL, 16384)]
BATCHES = [1, 2, 4, 8, 16]
BATCH_DEPTH, BATCH_TOKENS = 64, 32
ROOFLINE_TOKENS = [1, 4, 16, 64, 512]
KERNEL_TOKENS = [1, 512]
PEER_TYPES = ["f32", "f16", "bf16", "q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q2_K", "q3_K", "q4_K", "q5_K", "q6_K"]


@dataclass
class Setting:
    """What a run of the comparison has at hand."""
    apus: programs.Apus
    peer: programs.Peer
    threads: int
    # Where not the best instruction set is compared: that, of both programs.
    kernels: str | None = None

    def model(self, name):
        return self.peer.folder / f"models/{name}.gguf"


@dataclass
class Piece:
    name: str
    # (setting, round) to what is kept
    measure: Callable
    # Rounds of it in a whole run; None: as many as are asked for.
    rounds: int | None = None
    quick: bool = False
    # Measured for other instruction sets than the best as well.
    every: bool = False


def pair(body):
    """Both programs one after the other; who begins changes from round to round."""
    def measure(setting, turn):
        order = [("apus", setting.apus), ("peer", setting.peer)]
        return {name: body(setting, program) for name, program in (order if turn % 2 == 0 else order[::-1])}
    return measure


def speed(model):
    def body(setting, program):
        return program.bench(setting.model(model), setting.threads, 512, 128)
    return pair(body)


def depth(model, depth):
    """At depth 0 as well, for what the depth costs."""
    def body(setting, program):
        return {at: program.bench(setting.model(model), setting.threads, 0, 32, depth=at) for at in (0, depth)}
    return pair(body)


def thread_counts(most):
    """1, 2, 4, … and the most."""
    return sorted({1 << power for power in range(most.bit_length()) if 1 << power <= most} | {most})


def threads(model):
    def body(setting, program):
        return {count: program.bench(setting.model(model), count, 128, 32) for count in thread_counts(setting.threads)}
    return pair(body)


def batches(model):
    def body(setting, program):
        return program.batches(setting.model(model), setting.threads, BATCH_DEPTH, BATCH_TOKENS, BATCHES)
    return pair(body)


def start(model):
    def body(setting, program):
        path = setting.model(model)
        warm = program.bench(path, setting.threads, 20, 0, repetitions=5)
        return {"warm": warm, "whole": program.first_token(path, setting.threads)}
    return pair(body)


def shapes(setting, turn):
    """What the models of the peer are made of."""
    return {path.stem: setting.apus.shape(path) for path in sorted((setting.peer.folder / "models").glob("*.gguf"))}


def limits(setting, turn):
    return programs.kernels("--parts", "limits", "--rounds", 9, "--threads", setting.threads)


def roofline(kernels):
    def measure(setting, turn):
        return programs.kernels(
            "--parts", "limits,products,attention", "--kernels", kernels, "--rounds", 3, "--threads", setting.threads,
            "--tokens", ",".join(map(str, ROOFLINE_TOKENS)))
    return measure


def ways(setting, turn):
    """Every way to compute the same product: portable, rows, tiles, BLAS, of each instruction set."""
    return programs.kernels(
        "--parts", "limits,products", "--formats", "F16,Q8_0,Q4_K,Q6_K", "--tokens", "1,8,128", "--rounds", 3, "--threads",
        setting.threads)


def product(name):
    """One product on one thread, as llama.cpp's own measurement of its kernels has it."""
    def body(setting, program):
        if program is setting.peer:
            return program.product(name, KERNEL_TOKENS)
        report = programs.kernels(
            "--parts", "products", "--rows", 4096, "--columns", 14336, "--megabytes", 512, "--rounds", 3, "--threads", 1,
            "--tokens", ",".join(map(str, KERNEL_TOKENS)), "--formats", name.upper(), "--kernels",
            setting.kernels or "avx512,avx2,neon")
        # The tables come slowest first.
        return {str(row["tokens"]): row["rates"][0]["value"] for row in report["products"]}
    return pair(body)


def all_pieces(kernels=None):
    found = [Piece("shapes", shapes, rounds=1), Piece("limits", limits)]
    found += [Piece(f"speed.{model}", speed(model), quick=True, every=True) for model in SPEED]
    found += [Piece(f"threads.{model}", threads(model)) for model in (LARGE, SMALL)]
    # Filling the cache of the deepest takes llama.cpp minutes.
    found += [Piece(f"depth.{model}.{at}", depth(model, at), rounds=1 if at > 10000 else None) for model, at in DEPTHS]
    found += [Piece(f"batch.{model}", batches(model)) for model in (LARGE, SMALL)]
    found += [Piece(f"start.{model}", start(model)) for model in SPEED]
    found += [
        Piece("roofline.avx512", roofline("avx512"), rounds=1), Piece("roofline.avx2", roofline("avx2"), rounds=1),
        Piece("ways", ways, rounds=1)]
    found += [Piece(f"product.{name}", product(name), every=True) for name in PEER_TYPES]
    return [piece for piece in found if piece.every or not kernels]
