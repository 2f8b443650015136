"""The plots of docs/performance.md."""

import document
import pieces
from chart import MUTED, Figure, Scale

APUS, PEER = "#0969da", "#d1780a"
BOTH = [("Apus", APUS, "dot"), ("llama.cpp", PEER, "dot")]
# Formats that the roofline names in colours of their own.
SHOWN = {"F32": "#8250df", "F16": "#bf3989", "Q8_0": "#1a7f37", "Q6_K": "#0969da", "Q4_K": "#cf222e"}
OTHERS, ATTENTION = "#afb8c1", "#1f2328"


def draw(results, folder):
    """{name: what it shows} of the plots that there are figures for."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    for name, (caption, plot) in PLOTS.items():
        figure = plot(results)
        if figure:
            (folder / f"{name}.svg").write_text(figure.svg())
            drawn[name] = caption
    return drawn


def upper(values, room=1.12):
    return max(values) * room


def size(results):
    shapes = results.first("shapes") or {}
    found = {
        model: tuple(results.pair(f"speed.{model}", test) for test in ("tg128", "pp512"))
        for model in pieces.SPEED if model in shapes}
    found = {model: pairs for model, pairs in found.items() if None not in pairs}
    if not found:
        return None
    figure = Figure(
        "Speed against model size", f"{results.run.get('threads', 2)} threads, medians; both axes logarithmic", height=500)
    read = results.limits().get("read", (0, 0))[1]
    limit = [("read bandwidth ÷ bytes of a token", MUTED, "dash")] if read else []
    figure.legend(BOTH + limit)
    sizes = {model: shapes[model]["token_bytes"] / 1e6 for model in found}
    low, high = min(sizes.values()) / 2.2, max(sizes.values()) * 1.35
    for index, (heading, left, right) in enumerate([
            ("Generation of 128 tokens", 74, 420), ("Prefill of 512 tokens", 494, 840)]):
        speeds = [value for pairs in found.values() for value in (pairs[index].apus, pairs[index].peer)]
        panel = figure.panel(
            left, right, Scale(low, high, log=True), Scale(min(speeds) / 1.5, max(speeds) * 1.6, log=True), heading,
            "megabytes of weights for each token", "tokens/s")
        panel.x_ticks()
        if index == 0 and read:
            ends = [max(low, read * 1e3 / panel.y.high), min(high, read * 1e3 / panel.y.low)]
            panel.line([(value, read * 1e3 / value) for value in ends], MUTED, width=1.5, dash="5 4")
        ordered = sorted(found, key=sizes.get)
        for model in ordered:
            pair = found[model][index]
            panel.line([(sizes[model], pair.apus), (sizes[model], pair.peer)], "#d0d7de", width=1.5)
        panel.dots([(sizes[model], found[model][index].peer) for model in ordered], PEER)
        panel.dots([(sizes[model], found[model][index].apus) for model in ordered], APUS)
        for model in ordered:
            panel.label(
                sizes[model], found[model][index].peer, document.title(model), shift=(-8, 14), away=(0, 1), anchor="end", size=11)
    return figure


def depth(results):
    figure = Figure("Generation against depth", "tokens/s with so many tokens in the cache before", height=440)
    figure.legend(BOTH + [("the speed at 0, if only the bytes read counted", MUTED, "dash")])
    shapes = results.first("shapes") or {}
    drawn = False
    for model, left, right in [(pieces.LARGE, 74, 420), (pieces.SMALL, 494, 840)]:
        found = {}
        for at in [at for name, at in pieces.DEPTHS if name == model]:
            deep = results.pair(f"depth.{model}.{at}", str(at), f"tg32@{at}")
            if deep and model in shapes:
                found.setdefault(0, results.pair(f"depth.{model}.{at}", "0", "tg32"))
                found[at] = deep
        if not found:
            continue
        drawn = True
        most = max(found)
        top = upper([max(p.apus, p.peer) for p in found.values()])
        panel = figure.panel(
            left, right, Scale(0, most * 1.08), Scale(0, top), document.title(model), "depth, tokens", "tokens/s")
        panel.x_ticks(sorted(found))
        steps = [most * step / 40 for step in range(41)]
        panel.line(
            [(at, found[0].apus * document.depth_bound(shapes[model], at)) for at in steps], MUTED, width=1.5, dash="5 4")
        for color, pick in ((PEER, lambda p: p.peer), (APUS, lambda p: p.apus)):
            panel.series([(at, pick(found[at])) for at in sorted(found)], color)
            for at in sorted(found):
                placed = {"anchor": "start", "shift": (8, -6)} if at == 0 else {"shift": (0, 18), "away": (0, 1)}
                if pick(found[at]) < top / 12:  # No room above the axis.
                    placed = {}
                panel.label(at, pick(found[at]), document.speed(pick(found[at])), color, leader=False, **placed)
    return figure if drawn else None


def threads(results):
    figure = Figure("Speed against threads", "prefill of 128 tokens, generation of 32; tokens/s", width=1000, height=400)
    figure.legend([("Apus", APUS, "bar"), ("llama.cpp", PEER, "bar")])
    counts = pieces.thread_counts(results.run.get("threads", 2))
    drawn = False
    columns = [(60, 230), (310, 480), (560, 730), (810, 980)]
    tests = [(model, test) for model in (pieces.LARGE, pieces.SMALL) for test in ("pp128", "tg32")]
    for (left, right), (model, test) in zip(columns, tests):
        pairs = [results.pair(f"threads.{model}", str(count), test) for count in counts]
        if None in pairs:
            continue
        drawn = True
        kind = "prefill" if test.startswith("pp") else "generation"
        panel = figure.panel(
            left, right, Scale(0, len(counts)), Scale(0, upper([max(p.apus, p.peer) for p in pairs])),
            f"{document.title(model)}, {kind}", "threads")
        panel.x_ticks([index + 0.5 for index in range(len(counts))], [str(count) for count in counts])
        width = min(30, 0.4 * (right - left) / len(counts))
        for index, pair in enumerate(pairs):
            for shift, value, color in ((-width - 1, pair.apus, APUS), (1, pair.peer, PEER)):
                x, y = panel.point(index + 0.5, value)
                figure.bar(x + shift, y, width, panel.bottom - y, color)
                figure.text(x + shift + width / 2, y - 5, document.speed(value), size=11, anchor="middle", color=color)
    return figure if drawn else None


def batch(results):
    figure = Figure(
        "Generation of several sequences at once", "tokens/s of all together", height=440)
    figure.legend(BOTH)
    drawn = False
    for model, left, right in [(pieces.LARGE, 74, 420), (pieces.SMALL, 494, 840)]:
        found = {size: results.pair(f"batch.{model}", str(size)) for size in pieces.BATCHES}
        found = {size: pair for size, pair in found.items() if pair}
        if len(found) < 2:
            continue
        drawn = True
        panel = figure.panel(
            left, right, Scale(0.85, max(found) * 1.2, log=True), Scale(0, upper([max(p.apus, p.peer) for p in found.values()])),
            document.title(model), "sequences", "tokens/s")
        panel.x_ticks(sorted(found))
        for color, pick in ((PEER, lambda p: p.peer), (APUS, lambda p: p.apus)):
            panel.series([(count, pick(found[count])) for count in sorted(found)], color)
        for count in sorted(found):
            panel.label(count, found[count].apus, document.speed(found[count].apus), APUS, leader=False)
            panel.label(count, found[count].peer, document.speed(found[count].peer), PEER, shift=(0, 20), away=(0, 1), leader=False)
    return figure if drawn else None


def roofline(results):
    names = [name for name in ("avx512", "avx2") if results.first(f"roofline.{name}")]
    if not names:
        return None
    figure = Figure(
        "Roofline of the kernels", "products of 5632 × 2048 with 1, 4, 16, 64 and 512 tokens; attention of 1 and 512; all threads",
        width=960, height=560)
    figure.legend(
        [(name, color, "dot") for name, color in SHOWN.items()] + [("other formats", OTHERS, "dot"), ("attention", ATTENTION, "hollow"),
                                                                  ("limits", MUTED, "dash")])
    for name, (left, right) in zip(names, [(74, 440), (550, 916)] if len(names) == 2 else [(74, 900)]):
        report = results.first(f"roofline.{name}")
        limits = {row["name"]: row["rates"][-1]["value"] for row in report["limits"]}
        read = limits["read"]
        roofs = [(limits[f"{kind}, {name}"], label) for kind, label in (
            ("byte products", "byte products"), ("multiply-add F32", "F32"))]
        points = {}
        for product in report["products"]:
            points.setdefault(product["name"], []).append((product["intensity"], product["rates"][-1]["value"]))
        rates = [rate for line in points.values() for _, rate in line]
        panel = figure.panel(
            left, right, Scale(0.3, 1500, log=True), Scale(min(rates) / 1.6, roofs[0][0] * 1.5, log=True),
            {"avx512": "AVX-512", "avx2": "AVX2"}[name], "operations for each byte moved", "giga operations/s" if left < 100 else "")
        panel.x_ticks([1, 10, 100, 1000])
        begin = max(panel.x.low, panel.y.low / read)
        for roof, label in roofs:
            panel.line([(roof / read, roof), (panel.x.high, roof)], MUTED, width=1.5, dash="5 4")
            panel.label(panel.x.low * 1.15, roof, f"{label}: {roof:.0f}", MUTED, anchor="start", shift=(0, 4), leader=False)
        panel.line([(begin, begin * read), (roofs[0][0] / read, roofs[0][0])], MUTED, width=1.5, dash="5 4")
        panel.label(panel.x.low * 1.15, roofs[1][0] / 2.2, f"read: {read:.1f} GB/s", MUTED, anchor="start", shift=(0, 4), leader=False)
        for format_name in sorted(points, key=lambda name: name in SHOWN):
            color = SHOWN.get(format_name, OTHERS)
            line = sorted(points[format_name])
            panel.line(line, color, width=1.6 if format_name in SHOWN else 1)
            panel.dots(line, color, radius=4 if format_name in SHOWN else 3)
        for product in report["attention"]:
            panel.dots([(product["intensity"], product["rates"][-1]["value"])], ATTENTION, radius=4.5, hollow=True)
    return figure


PLOTS = {
    "size": ("speed against model size, Apus and llama.cpp", size), "depth": ("speed against depth, Apus and llama.cpp", depth),
    "threads": ("speed with one thread and with all, Apus and llama.cpp", threads),
    "batch": ("speed of several sequences at once, Apus and llama.cpp", batch),
    "roofline": ("every kernel between the limits of the machine", roofline)}
