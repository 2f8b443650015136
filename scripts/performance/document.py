"""The figures of a whole run as the tables of docs/performance.md."""

import pieces
import plots

BEGIN, END = "<!-- comparison: written by scripts/compare-llama-cpp -->", "<!-- end of the comparison -->"
BEGIN_AVX2, END_AVX2 = (
    "<!-- comparison with AVX2: written by scripts/compare-llama-cpp --kernels avx2 -->", "<!-- end of that with AVX2 -->")

# What is asked of Apus beside llama.cpp: prefill, generation.
ASKED = {
    "tinyllama-1.1b-Q4_K_M": (1.6, 1.35), "tinyllama-1.1b-Q6_K": (1.4, 1.15), "tinyllama-1.1b-Q8_0": (1.5, 1.2),
    "tinyllama-1.1b-f16": (1.05, 1.0), "smol-135m-Q8_0": (1.4, 1.35), "qwen-0.5b-Q8_0": (1.5, 1.2)}
# Of which the weights are to arrive at 85% of the read bandwidth.
STREAMED = {"tinyllama-1.1b-Q4_K_M", "tinyllama-1.1b-Q6_K", "tinyllama-1.1b-Q8_0"}


def title(model):
    family, _, kind = model.rpartition("-")
    size = family.rpartition("-")[2].upper()
    return f"{size} {kind.upper() if kind == 'f16' else kind}"


def table(header, rows):
    if not rows:
        return ""
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def speed(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def spread(pair):
    return f"{pair.ratio:.2f} ({pair.least:.2f}–{pair.most:.2f})"


def mark(reached):
    return "yes" if reached else "**no**"


def within(value, text, reached):
    return text if reached else f"**{text}**"


def main_table(results):
    rows = []
    for model in pieces.SPEED:
        row = [title(model)]
        for test, asked in zip(("pp512", "tg128"), ASKED[model]):
            pair = results.pair(f"speed.{model}", test)
            if pair is None:
                break
            row += [speed(pair.apus), speed(pair.peer), spread(pair), f"{asked:g} {mark(pair.ratio >= asked)}"]
        else:
            rows.append(row)
    return table(
        ["model", "prefill of 512, Apus", "llama.cpp", "ratio", "asked", "generation of 128, Apus", "llama.cpp", "ratio", "asked"],
        rows)


def limits_table(results):
    return table(
        ["limit, as measured", "1 thread", "all threads"],
        [[name, f"{one:.1f}", f"{most:.1f} {'GB/s' if name == 'read' else 'giga operations/s'}"]
         for name, (one, most) in results.limits().items()])


def integer_peak(results):
    limits = results.limits()
    return next((limits[f"byte products, {name}"][1] for name in ("avx512", "avx2") if f"byte products, {name}" in limits), None)


def float_peak(results):
    limits = results.limits()
    return next((limits[f"multiply-add F32, {name}"][1] for name in ("avx512", "avx2") if f"multiply-add F32, {name}" in limits), None)


def nearness_table(results):
    read = results.limits().get("read", (None, None))[1]
    shapes = results.first("shapes")
    if not read or not shapes:
        return ""
    rows = []
    for model in pieces.SPEED:
        prefill, generation = (results.pair(f"speed.{model}", test) for test in ("pp512", "tg128"))
        if prefill is None or generation is None:
            continue
        shape = shapes[model]
        bytes_read = generation.apus * (shape["token_bytes"] + 64 * shape["position_bytes"]) / 1e9
        theirs = generation.peer * (shape["token_bytes"] + 64 * shape["position_bytes"]) / 1e9
        operations = 2 * shape["layer_elements"] * prefill.apus / 1e9
        peak = float_peak(results) if model.endswith("f16") else integer_peak(results)
        reached = bytes_read / read >= 0.85
        rows.append([
            title(model), f"{bytes_read:.1f}", f"{bytes_read / read:.0%}"
            + (f" (85% asked: {mark(reached)})" if model in STREAMED else ""), f"{theirs / read:.0%}", f"{operations:.0f}",
            f"{operations / peak:.0%}" + (" of F32" if model.endswith("f16") else "") if peak else "?"])
    return table(
        ["model", "generation reads GB/s", "of read bandwidth", "llama.cpp", "prefill, giga operations/s", "of the peak of byte products"],
        rows)


def start_table(results):
    shapes = results.first("shapes") or {}
    rows = []
    for model in pieces.SPEED:
        piece = f"start.{model}"
        load, whole = results.own(piece, "warm", "load_ms"), results.pair(piece, "whole", "seconds", inverse=True)
        warm, memory = results.pair(piece, "warm", "pp20"), results.pair(piece, "whole", "peak_bytes", inverse=True)
        if None in (load, whole, warm, memory) or model not in shapes:
            continue
        size = shapes[model]["file_bytes"]
        rows.append([
            title(model), f"{load:.0f}", f"{whole.apus * 1e3:.0f}", f"{whole.peer * 1e3:.0f}", f"{20e3 / warm.apus:.0f}",
            f"{20e3 / warm.peer:.0f}", f"{memory.apus / 1e6:.0f}", f"{memory.apus / size:.2f}", f"{memory.peer / 1e6:.0f}"])
    return table(
        ["model", "ready, ms", "process to first token, ms", "llama.cpp", "first token of a warm model, ms", "llama.cpp",
         "peak memory, MB", "of the file", "llama.cpp, MB"], rows)


def targets_table(results):
    shapes = results.first("shapes") or {}
    rows = []
    for model in pieces.SPEED:
        piece = f"start.{model}"
        load, warm = results.own(piece, "warm", "load_ms"), results.own(piece, "warm", "pp20")
        generation, memory = results.pair(f"speed.{model}", "tg128"), results.own(piece, "whole", "peak_bytes")
        full = model.rpartition("-")[0] + "-f16"
        if None in (load, warm, generation, memory) or full not in shapes:
            continue
        first, share = 20e3 / warm, memory / shapes[full]["file_bytes"]
        rows.append([
            title(model), f"{load:.0f} ms {mark(load < 500)}", f"{first:.0f} ms {mark(first < 100)}",
            f"{speed(generation.apus)} {mark(generation.apus > 100)}", f"{share:.0%} {mark(share < 0.5)}"])
    return table(
        ["model", "loaded under 500 ms", "first token under 100 ms (20 tokens, warm)", "over 100 tokens/s",
         "memory under half of the F16 file"], rows)


def depth_table(results):
    shapes = results.first("shapes") or {}
    rows = []
    for model, depth in pieces.DEPTHS:
        piece, test = f"depth.{model}.{depth}", f"tg32@{depth}"
        pair, shallow = results.pair(piece, str(depth), test), results.pair(piece, "0", "tg32")
        if pair is None or model not in shapes:
            continue
        ours, theirs = (results.share(piece, name, (str(depth), test), ("0", "tg32")) for name in ("apus", "peer"))
        possible = depth_bound(shapes[model], depth)
        rows.append([
            title(model), str(depth), speed(shallow.apus), speed(pair.apus), f"{ours:.2f}", f"{possible:.2f}", speed(shallow.peer),
            speed(pair.peer), f"{theirs:.2f}", spread(pair)])
    return table(
        ["model", "depth", "Apus at 0", "at depth", "share kept", "if bytes alone counted", "llama.cpp at 0", "at depth",
         "share kept", "ratio at depth"], rows)


def depth_bound(shape, depth):
    """What would be kept of the speed at depth 0 if only the bytes read counted."""
    return shape["token_bytes"] / (shape["token_bytes"] + (depth + 16) * shape["position_bytes"])


def threads_table(results):
    counts = pieces.thread_counts(results.run.get("threads", 2))
    rows = []
    for model in (pieces.LARGE, pieces.SMALL):
        for test, kind in (("pp128", "prefill of 128"), ("tg32", "generation of 32")):
            row = [title(model), kind]
            for count in counts:
                pair = results.pair(f"threads.{model}", str(count), test)
                row += [speed(pair.apus), speed(pair.peer), spread(pair)] if pair else ["", "", ""]
            if any(row[2:]):
                rows.append(row)
    header = ["model", ""]
    for count in counts:
        header += [f"{count} thread{'s' if count > 1 else ''}, Apus", "llama.cpp", "ratio"]
    return table(header, rows)


def batch_table(results):
    rows = []
    for size in pieces.BATCHES:
        row = [str(size)]
        for model in (pieces.LARGE, pieces.SMALL):
            pair = results.pair(f"batch.{model}", str(size))
            row += [speed(pair.apus), speed(pair.peer), spread(pair)] if pair else ["", "", ""]
        if any(row[1:]):
            rows.append(row)
    header = ["sequences"]
    for model in (pieces.LARGE, pieces.SMALL):
        header += [f"{title(model)}, Apus", "llama.cpp", "ratio"]
    return table(header, rows)


def kernels_table(results):
    rows = []
    for name in pieces.PEER_TYPES:
        row = [name.upper()]
        for tokens in pieces.KERNEL_TOKENS:
            pair = results.pair(f"product.{name}", str(tokens))
            row += [speed(pair.apus), speed(pair.peer), within(pair.ratio, spread(pair), pair.ratio >= 1)] if pair else [""] * 3
        if any(row[1:]):
            rows.append(row)
    return table(
        ["GFLOP/s", "1 token, Apus", "llama.cpp", "ratio", "512 tokens, Apus", "llama.cpp", "ratio"], rows)


def ways_table(results):
    report = results.first("ways")
    if not report:
        return ""
    found, names, kernels = {}, [], []
    for product in report["products"]:
        key = (product["name"], product["tokens"])
        if key not in names:
            names.append(key)
        if product["kernels"] not in kernels:
            kernels.append(product["kernels"])
        found[key, product["kernels"]] = product["rates"][-1]["value"]
    return table(
        ["GFLOP/s", "tokens", *kernels],
        [[name, str(tokens), *(f"{found[(name, tokens), way]:.0f}" if ((name, tokens), way) in found else "" for way in kernels)]
         for name, tokens in names])


PRODUCTS = (
    "A product with 4096 × 14336 weights from memory, one thread; llama.cpp's as `test-backend-ops perf` measures it, without its"
    " repacked formats.\n\n")


def commits(run):
    """The state of Apus; pieces that were measured again leave a run with several."""
    found = run.get("commits", [])
    return f"Apus at {', '.join(found)}" + (" (oldest pieces first)" if len(found) > 1 else "")


def avx2_text(results):
    run = results.run
    return "\n".join([
        "#### AVX2 alone\n\n"
        f"{run.get('date', '')}, the same machine and models, {run.get('threads', '?')} threads, {commits(run)} with"
        " `APUS_KERNELS=avx2`, llama.cpp with a ggml-cpu built for AVX2 without AVX-512 (`scripts/peer --avx2`; it reports"
        f" {' '.join(run.get('peer', [])) or '?'}). Other programs took at most {results.worst_disturbance():.0%} of the"
        " processors during a piece.\n",
        main_table(results), PRODUCTS + kernels_table(results)])


def text(results, drawn):
    run = results.run
    ours = (results.first(f"start.{pieces.LARGE}") or {}).get("apus", {}).get("warm", {})
    machine = f"{ours.get('cpu_info', '')}, {run.get('processors', '?')} processors, {ours.get('kernels', '?')} kernels"
    parts = [
        f"{run.get('date', '')}, {machine}, {run.get('threads', '?')} threads, {commits(run)}, llama.cpp of"
        " llama-cpp-python 0.3.36 built for this machine. Synthetic models of `scripts/peer`; tokens/s unless it says otherwise. In each"
        " round both programs run one after the other, in changing order; figures are medians, ratios medians of the rounds' ratios with"
        f" the least and the most. Other programs took at most {results.worst_disturbance():.0%} of the processors during a piece."
        " **Bold** is what misses the mark.\n",
        main_table(results),
        picture(drawn, "size"),
        "#### How near the limits\n\n" + limits_table(results) + "\n" + nearness_table(results), picture(drawn, "roofline"),
        "#### The product's own marks\n\n" + targets_table(results),
        "#### Start and memory\n\nWarm page cache, a prompt of 20 tokens, a context of 4096; memory counts the pages of the mapped file."
        "\n\n" + start_table(results),
        "#### Depth\n\n" + depth_table(results), picture(drawn, "depth"),
        "#### Threads\n\n" + threads_table(results), picture(drawn, "threads"),
        "#### Sequences at once\n\nGeneration of 32 tokens at depth 64, all sequences together.\n\n" + batch_table(results),
        picture(drawn, "batch"),
        "#### Kernels beside llama.cpp's\n\n" + PRODUCTS + kernels_table(results),
        "#### Ways to compute one product\n\nAll threads, 5632 × 2048.\n\n" + ways_table(results)]
    return "\n".join(part for part in parts if part)


def picture(drawn, name):
    return f"![{drawn[name]}](plots/{name}.svg)\n" if name in drawn else ""


def write(results, docs, kernels=None):
    """Replaces what is between the markers, or adds it at the end."""
    path = docs / "performance.md"
    if kernels:
        put(path, BEGIN_AVX2, END_AVX2, avx2_text(results))
    else:
        put(path, BEGIN, END, text(results, plots.draw(results, docs / "plots")))


def put(path, begin, end, words):
    old = path.read_text()
    block = f"{begin}\n\n{words}\n{end}"
    if begin in old and end in old:
        path.write_text(old[:old.index(begin)] + block + old[old.index(end) + len(end):])
    else:
        path.write_text(old.rstrip() + "\n\n" + block + "\n")
