"""Runs apus, llama.cpp and the kernel benchmark, and reads what they print."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# About 20 tokens with each of the vocabularies.
PROMPT = "Once upon a time there was a girl who lived with her cat in a small house"


@dataclass
class Done:
    output: str
    errors: str
    seconds: float
    # The most memory that was resident, pages of mapped files included.
    peak_bytes: int


def run(command, environment=None):
    """A program to its end; failure ends the whole comparison with its words."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)}\nfailed ({child.returncode}): {texts[1][-600:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Done(texts[0], texts[1], seconds, usage.ru_maxrss * unit)


def speeds(entries):
    """{'pp512': tokens/s, 'tg128': …, 'tg32@1900': …} of a run of llama-bench or apus bench."""
    found = {}
    for entry in entries:
        name = f"tg{entry['n_gen']}" if entry["n_gen"] else f"pp{entry['n_prompt']}"
        if entry["n_depth"]:
            name += f"@{entry['n_depth']}"
        found[name] = entry["avg_ts"]
    return found


class Apus:
    name = "apus"

    def __init__(self, binary, kernels=None):
        self.binary = binary
        self.environment = {"APUS_KERNELS": kernels} if kernels else {}

    def run(self, *command):
        return run([self.binary, *command], self.environment)

    def bench(self, model, threads, prompt, generate, depth=0, sequences=1, repetitions=1):
        done = self.run(
            "bench", model, "--json", "--threads", threads, "-p", prompt, "-n", generate, "-d", depth, "-b", sequences, "-r",
            repetitions)
        entries = json.loads(done.output)
        return {
            **speeds(entries), "peak_bytes": done.peak_bytes, "load_ms": entries[0]["load_ns"] / 1e6,
            "kernels": entries[0]["kernels"], "cpu_info": entries[0]["cpu_info"]}

    def batches(self, model, threads, depth, generate, sizes):
        """{sequences: tokens/s of all together}"""
        return {
            str(size): self.bench(model, threads, 0, generate, depth=depth, sequences=size)[f"tg{generate}@{depth}"]
            for size in sizes}

    def first_token(self, model, threads):
        done = self.run(
            "run", "-m", model, "--raw", "--threads", threads, "--temp", 0, "-n", 1, "--ctx", 4096, PROMPT)
        tokens = re.search(r"prompt: (\d+) tokens", done.errors)
        return {
            "seconds": done.seconds, "peak_bytes": done.peak_bytes, "prompt_tokens": int(tokens[1]) if tokens else None}

    def shape(self, model):
        """What a token of a model costs: bytes of weights, elements of the matrices of its layers, bytes of cache for each
        position that it sees."""
        report = json.loads(self.run("inspect", model, "--tensors", "--json").output)
        tensors = {tensor["name"]: tensor for tensor in report["tensors"]}
        embedding = tensors["token_embd.weight"]
        metadata = report["metadata"]
        architecture = metadata["general.architecture"]
        values = {key.removeprefix(architecture + "."): value for key, value in metadata.items()}
        heads = values["attention.head_count"]
        head_size = values.get("attention.key_length", values["embedding_length"] // heads)
        return {
            "file_bytes": model.stat().st_size,
            "token_bytes": sum(t["bytes"] for t in tensors.values()) - (
                embedding["bytes"] if "output.weight" in tensors else 0),
            "layer_elements": sum(
                t["shape"][0] * t["shape"][1] for t in tensors.values()
                if len(t["shape"]) == 2 and t["name"].startswith("blk.")),
            "position_bytes": 4 * values["block_count"] * values.get("attention.head_count_kv", heads) * head_size}

    def version(self):
        commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
        return commit.stdout.strip() or "?"


class Peer:
    name = "llama.cpp"

    def __init__(self, folder, kernels=None):
        """`kernels`: an instruction set that scripts/peer has built llama.cpp's kernels for, in a folder of that name."""
        self.folder = folder
        self.kernels_only = kernels
        self.environment = {"LD_LIBRARY_PATH": str(folder / kernels / "bin")} if kernels else {}

    def run(self, program, *command):
        return run([self.folder / "bin" / program, *command], self.environment)

    def instructions(self, model):
        """The instruction sets that it says it uses; ends the comparison where they are not those asked for."""
        done = self.run("llama-completion", "-m", model, "-n", 1, "-no-cnv", "--no-warmup", "-p", PROMPT)
        line = re.search(r"system_info:.*?(CPU : .*)", done.output + done.errors)
        found = re.findall(r"(\w+) = 1", line[1]) if line else []
        if self.kernels_only == "avx2" and ("AVX2" not in found or any(name.startswith("AVX512") for name in found)):
            sys.exit(f"llama.cpp uses {' '.join(found) or '?'} instead of AVX2 alone; build it: scripts/peer --avx2")
        return found

    def bench(self, model, threads, prompt, generate, depth=0, repetitions=1):
        done = self.run(
            "llama-bench", "-m", model, "-o", "json", "-t", threads, "-p", prompt, "-n", generate, "-d", depth, "-r", repetitions)
        return {**speeds(json.loads(done.output)), "peak_bytes": done.peak_bytes}

    def batches(self, model, threads, depth, generate, sizes):
        context = max(sizes) * (depth + generate)
        done = self.run(
            "llama-batched-bench", "-m", model, "-t", threads, "-c", context, "-npp", depth, "-ntg", generate, "-npl",
            ",".join(map(str, sizes)), "--output-format", "jsonl")
        rows = [json.loads(line) for line in (done.output + done.errors).splitlines() if line.startswith('{"n_kv_max"')]
        return {str(row["pl"]): row["speed_tg"] for row in rows}

    def first_token(self, model, threads):
        done = self.run(
            "llama-completion", "-m", model, "-t", threads, "-c", 4096, "-n", 1, "--temp", 0, "-no-cnv", "--no-warmup", "-p", PROMPT)
        return {"seconds": done.seconds, "peak_bytes": done.peak_bytes}

    def product(self, format_name, tokens):
        """{tokens: GFLOP/s} of one of ggml's products: 4096 × 14336, one thread, weights as the file has them."""
        counts = "|".join(map(str, tokens))
        done = self.run(
            "test-backend-ops", "perf", "-o", "MUL_MAT", "-b", "CPU", "-p",
            f"type_a={format_name},type_b=f32,m=4096,n=({counts}),k=14336,")
        found = {}
        for line in re.sub(r"\x1b\[[0-9;]*m", "", done.output).splitlines():
            shape = re.search(rf"type_a={format_name},type_b=f32,m=4096,n=(\d+),k=14336", line)
            speed = re.search(r"([\d.]+) ([GT])FLOPS", line)
            if shape and speed:
                found[shape[1]] = float(speed[1]) * (1000 if speed[2] == "T" else 1)
        return found


def kernels(*arguments, environment=None):
    """The report of Benchmarks' kernels."""
    package = ROOT / "Benchmarks"
    binary = package / ".build/release/kernels"
    if not binary.exists():
        sys.exit(f"{binary} is missing; build it: swift build -c release --package-path Benchmarks")
    return json.loads(run([binary, "--json", *arguments], environment).output)
