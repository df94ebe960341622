#!/usr/bin/env python3
"""How fast and how repeatable fihost is on this machine, as a table.

usage: tools/measure.py FIHOST CANDIDATE [OPTIONS FOR FIHOST...]

FIHOST is the program, CANDIDATE one source or object. The same object is ranked under two names,
three times: whatever differs is noise (A/A). Wall time is from command to prompt.
"""
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def run(command):
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout), time.monotonic() - start


def difference(a, b):
    score = abs(math.log(a["score"] / b["score"]))
    worst = max(abs(math.log(x["latency_ms"] / y["latency_ms"]))
                for x, y in zip(a["workloads"], b["workloads"]))
    return f"{100 * score:.2f} %", f"{100 * worst:.2f} %"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    fihost, candidate, more = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        twins = [pathlib.Path(folder) / f"{name}.so" for name in "ab"]
        if candidate.suffix == ".so":
            shutil.copy(candidate, twins[0])
        else:
            run([fihost, "build", candidate, "-o", twins[0], "--json"])
        shutil.copy(twins[0], twins[1])
        run([fihost, "load", twins[0], "--quick", "--json", *more])  # makes the data of the workloads
        for label, options in [("default", []), ("--quick", ["--quick"])]:
            ranking, wall = run([fihost, "load", twins[0], "--json", *options, *more])
            one = ranking["candidates"][0]
            rows.append((f"one candidate, {label}", f"{wall:.1f} s", f"{one['wall_seconds']:.1f} s", "", ""))
        for attempt in range(3):
            ranking, wall = run([fihost, "rank", *twins, "--json", *more])
            a, b = ranking["candidates"]
            rows.append((f"A/A, run {attempt + 1}", f"{wall:.1f} s",
                         f"{max(a['wall_seconds'], b['wall_seconds']):.1f} s", *difference(a, b)))
    device, count = ranking["device"], ranking["workload_count"]
    print(f"{ranking['definition']}, {count} workloads on {device['name']} ({device['arch']}, "
          f"driver {device['driver']})\n{ranking['timer']}; a null call takes "
          f"{1000 * ranking['null_call_ms']:.1f} us\n")
    heads = ("", "wall", "of it the candidate", "score differs", "worst workload")
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(5)]
    for row in [heads, *rows]:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())


if __name__ == "__main__":
    main()
