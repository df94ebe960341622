#!/usr/bin/env python3
"""How the generations of a kernel compare: Markdown tables, and a plot.

usage: tools/kernels_table.py RANKING.json... [--plot FILE.svg] [--line LABEL=MICROSECONDS]...

Reads documents of `fihost rank --json` that were made on one device for one definition, and prints
three tables with a row a candidate and a column a workload: latency, share of the roofline, speedup
over the baseline. A candidate that stands in several documents is taken from the last. --plot writes
the geometric means of the latencies as SVG, --line adds a reference to it.
"""
import argparse
import html
import json
import math
import re
import sys

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 860, 460, 70, 30, 110
INSET = 40  # of the first and the last point
LETTER = 6.5  # about as wide as one, in a label


def rankings_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {error}")
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema == "fihost.ranking/1":
        return [document]
    if schema == "fihost.rankings/1":
        return document["rankings"]
    sys.exit(f"{path}: schema is {schema!r}; wanted what `fihost rank --json` writes")


def natural(text):
    """A key that puts gen_9 before gen_10."""
    return [(1, int(part), "") if part.isdigit() else (0, 0, part)
            for part in re.split(r"(\d+)", text) if part]


def merged(paths):
    """The workloads by their axes, and the candidates by their names."""
    workloads, candidates, kind = {}, {}, None
    for path in paths:
        for ranking in rankings_of(path):
            own = (ranking["definition"], ranking["device"]["name"])
            if kind not in (None, own):
                sys.exit(f"{path}: {own[0]} on {own[1]}, but {kind[0]} on {kind[1]} before; times of "
                         "two tasks or devices do not belong into one table")
            kind = own
            workloads.update((w["uuid"], w["axes"]) for w in ranking["workloads"])
            candidates.update((c["name"], c) for c in ranking["candidates"])
    if not candidates:
        sys.exit("no candidate stands in these documents")
    order = sorted(workloads.items(), key=lambda item: (sorted(item[1].items()), item[0]))
    return kind, order, [candidates[name] for name in sorted(candidates, key=natural)]


def figures(candidate, workloads, key):
    """Of every workload: its figure, or why there is none."""
    results = {w["uuid"]: w for w in candidate["workloads"]}
    for uuid, _ in workloads:
        result = results.get(uuid, {"status": "-"})
        yield result.get(key) or "-" if result["status"] == "PASSED" else result["status"].lower()


def mean(candidate, workloads, key):
    """Geometric; None unless it passed on every workload."""
    values = list(figures(candidate, workloads, key))
    if not values or any(isinstance(value, str) for value in values):
        return None
    return math.exp(sum(map(math.log, values)) / len(values))


def figure(value):
    """Three digits or all before the point."""
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f}"


def text(value):
    """A name cannot end a cell or begin an element."""
    return html.escape(" ".join(str(value).split()), quote=False).replace("|", "&#124;")


def axes_names(workloads):
    """Above the columns: the value where there is one axis, else every axis with its name."""
    if all(len(axes) == 1 for _, axes in workloads):
        return [text(value) for _, axes in workloads for value in axes.values()]
    return [text(" ".join(f"{k}={v}" for k, v in sorted(axes.items()))) for _, axes in workloads]


def table(candidates, workloads, key, show):
    rows = [["candidate", "mean"] + axes_names(workloads), ["---"] + ["--:"] * (len(workloads) + 1)]
    for candidate in candidates:
        values = [mean(candidate, workloads, key) or "-", *figures(candidate, workloads, key)]
        rows.append([text(candidate["name"])]
                    + [text(v) if isinstance(v, str) else show(v) for v in values])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def tables(kind, workloads, candidates):
    by = ", ".join(sorted({name for _, axes in workloads for name in axes}))
    return "\n\n".join([
        f"{text(kind[0])} on {text(kind[1])}, {len(workloads)} workloads by {text(by)}; the means are "
        "geometric",
        "Latency, us",
        table(candidates, workloads, "latency_ms", lambda ms: figure(1e3 * ms)),
        "Share of the roofline",
        table(candidates, workloads, "roofline_fraction", lambda share: f"{100 * share:.0f} %"),
        "Speedup over the baseline",
        table(candidates, workloads, "speedup", lambda ratio: figure(ratio) + "x")]) + "\n"


def ticks(low, high):
    """1, 2 and 5 times powers of ten."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [m * 10.0 ** e for e in range(first, last + 1) for m in (1, 2, 5)
            if low <= m * 10.0 ** e <= high]


def plot(points, lines):
    """SVG of (name, us) from left to right, and (label, us) across."""
    values = [us for _, us in points + lines]
    labels = [f"{label}: {figure(us)}" for label, us in lines]
    right = 40 + LETTER * max(map(len, labels), default=0)
    low, high = min(values) / 1.25, max(values) * 1.25
    span = math.log(high / low)
    step = (WIDTH - LEFT - right - 2 * INSET) / max(1, len(points) - 1)

    def y(us):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * math.log(us / low) / span

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             f'<text x="{LEFT}" y="18">geometric mean latency, us</text>']
    for tick in ticks(low, high):
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - right:.0f}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" '
                     'stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for label, (_, us) in zip(labels, lines):
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - right:.0f}" y1="{y(us):.1f}" y2="{y(us):.1f}" '
                     'stroke="#b33" stroke-dasharray="6 4"/>')
        parts.append(f'<text x="{WIDTH - right + 6:.0f}" y="{y(us) + 4:.1f}" fill="#b33">'
                     f'{html.escape(label)}</text>')
    places = [(LEFT + INSET + i * step, y(us)) for i, (_, us) in enumerate(points)]
    parts.append('<polyline fill="none" stroke="#246" points="'
                 + " ".join(f"{px:.1f},{py:.1f}" for px, py in places) + '"/>')
    for (name, us), (px, py) in zip(points, places):
        parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="#246"/>')
        parts.append(f'<text x="{px:.1f}" y="{py - 9:.1f}" text-anchor="middle">{figure(us)}</text>')
        foot = HEIGHT - BOTTOM + 14
        parts.append(f'<text x="{px:.1f}" y="{foot}" text-anchor="end" '
                     f'transform="rotate(-35 {px:.1f} {foot})">{html.escape(name)}</text>')
    return "\n".join(parts + ["</svg>"]) + "\n"


def line(argument):
    label, equals, us = argument.rpartition("=")
    try:
        if equals and 0 < float(us) < math.inf:
            return label, float(us)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{argument!r}: wanted LABEL=MICROSECONDS")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("rankings", nargs="+", metavar="RANKING.json")
    parser.add_argument("--plot", metavar="FILE.svg")
    parser.add_argument("--line", action="append", default=[], type=line,
                        metavar="LABEL=MICROSECONDS")
    options = parser.parse_args()
    kind, workloads, candidates = merged(options.rankings)
    print(tables(kind, workloads, candidates), end="")
    if options.plot:
        means = [(c["name"], mean(c, workloads, "latency_ms")) for c in candidates]
        points = [(name, 1e3 * ms) for name, ms in means if ms is not None]
        if not points:
            sys.exit("nothing to plot: no candidate passed on every workload")
        with open(options.plot, "w", encoding="utf-8") as file:
            file.write(plot(points, options.line))


if __name__ == "__main__":
    main()
