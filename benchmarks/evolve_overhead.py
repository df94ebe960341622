#!/usr/bin/env python3
"""What an evolution costs besides building and measuring: runs `fihost evolve` one attempt at a time
with a model that answers at once, and compares the wall clock with the seconds that the run's file
has for each attempt.

    benchmarks/evolve_overhead.py build/release/bin/fihost candidates/rmsnorm_h7168/tunable.cpp
"""

import argparse
import http.server
import itertools
import json
import pathlib
import sqlite3
import subprocess
import tempfile
import threading

PLACE = "  float total = 0;\n"  # of the seed, made another number by every child


class Model(http.server.BaseHTTPRequestHandler):
    numbers = itertools.count(1)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        # A tiny number: other machine code, equal results.
        child = PLACE.replace("0", f"{next(self.numbers)}e-30f")
        text = f"<<<<<<< SEARCH\n{PLACE}=======\n{child}>>>>>>> REPLACE\n"
        message = {"role": "assistant", "content": text}
        body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def evolve(fihost, seed, iterations, workloads, folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = folder / "config.yaml"
    # Children of the seed only: the place to edit is there.
    config.write_text(
        f"llm: {{api_base: 'http://127.0.0.1:{server.server_port}/v1', model: toy}}\n"
        "mutators: [{id: mutator.llm_diff}]\n"
        "database: {parent_selection: best_of_n}\n"
        "early_stopping_patience: 0\n"
    )
    command = [fihost, "evolve", seed, "--config", config, "--output", folder / "run"]
    command += ["--device", "cpu", "--quick", "--deterministic", "--iterations", str(iterations)]
    command += ["--workloads", workloads] if workloads else []
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    server.shutdown()
    if ended.returncode not in (0, 1):
        raise SystemExit(f"fihost evolve ended with {ended.returncode}:\n{ended.stdout}")


def wall_seconds(database, order):
    query = f"SELECT state FROM states WHERE iteration > 0 ORDER BY iteration {order} LIMIT 1"
    state = json.loads(database.execute(query).fetchone()[0])
    return state["course"]["budget"]["wall_seconds"]


def report(run):
    database = sqlite3.connect(f"file:{run}?mode=ro", uri=True)
    # The first state is that of the second attempt's question, so its answer is not counted.
    wall = wall_seconds(database, "DESC") - wall_seconds(database, "ASC")
    sums = "sum(build_seconds), sum(evaluate_seconds), count(*)"
    build, evaluate, count = database.execute(
        f"SELECT {sums} FROM attempts WHERE id > 1 AND outcome <> 'pending'"
    ).fetchone()
    rest = wall - build - evaluate
    print(f"children    {count:8}")
    print(f"wall        {wall:8.3f} s")
    for name, seconds in (("building", build), ("measuring", evaluate), ("the rest", rest)):
        each = f"{1000 * seconds / count:8.1f} ms a child"
        print(f"{name:11} {seconds:8.3f} s {100 * seconds / wall:6.1f} % {each}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("fihost")
    parser.add_argument("seed")
    parser.add_argument("--iterations", type=int, default=40)
    parser.add_argument("--workloads", help="as --workloads of fihost rank; default: all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        evolve(
            arguments.fihost, arguments.seed, arguments.iterations, arguments.workloads, folder
        )
        report(folder / "run/run.sqlite")


if __name__ == "__main__":
    main()
