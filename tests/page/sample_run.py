"""Documents of runs of the evolution ("fihost.run/1"), made up: as many attempts as a test wants."""
import json
import math
import random
import sys

import sample_ranking

MUTATORS = ["mutator.llm_diff", "mutator.llm_rewrite", "mutator.params", "mutator.dispatch"]
REASONS = {
    "slower": "1.31x slower than gen_%d on seq_len=7, seq_len=901",
    "duplicate": "equals gen_%d after comments and spaces",
    "no_proposal": "the first SEARCH block is not in the source",
    "llm_failed": "HTTP 429: too many requests, 5 tries",
    "build_failed": "gen.cu:81: error: identifier \"smem_a\" is undefined",
    "incorrect": "output: 1843 of 50176 elements are off, the worst in rows 0 to 6",
    "crashed": "the runner was ended by signal 11",
    "timed_out": "no answer within 60 s on seq_len=14107"}
LINE = "  const float scale_%d = __ldg(&scales[row * %d + blockIdx.x]);  // of this block"


def source(base, rng):
    """`base` with a few lines changed; the first one is made up."""
    if base is None:
        return "\n".join(["// A grouped GEMM.", "#include <fihost/candidate.h>", ""] +
                         [LINE % (i, rng.randrange(64)) for i in range(180)]) + "\n"
    lines = base.splitlines()
    at = rng.randrange(4, len(lines) - 8)
    lines[at:at + rng.randrange(4)] = [LINE % (at, rng.randrange(64)) for _ in range(rng.randrange(1, 6))]
    return "\n".join(lines) + "\n"


def measured(shared, speed, rng, status="PASSED"):
    rows = []
    for w in shared:
        trial = sample_ranking.trial(w, speed, rng)
        if status != "PASSED" and rng.random() < 0.4:
            sample_ranking.failed(trial, status, "output: 12 of 50176 elements are off")
        rows.append({key: trial[key] for key in (
            "uuid", "status", "latency_ms", "latency_ci_ms", "samples", "speedup", "speedup_ci",
            "roofline_fraction", "log")})
    return rows


def program(id_, attempt, parents, shared, speed, rng, base):
    rows = measured(shared, speed, rng)
    score = math.exp(sum(math.log(w["speedup"]) for w in rows) / len(rows))
    registers = rng.choice([48, 96, 128, 168, 224])
    return {"id": id_, "attempt": attempt["id"] if attempt else 0,
            "name": "gen_%d" % (id_ - 1) if attempt else "naive", "language": "cuda",
            "parents": [p["id"] for p in parents],
            "generation": parents[0]["generation"] + 1 if parents else 0,
            "island": attempt["island"] if attempt else 0,
            "mutator": attempt["mutator"] if attempt else "",
            "note": "stages the B tile through shared memory with cp.async, two stages" if attempt else "",
            "details": {"brief": "pipeline", "edits": rng.randrange(1, 5)} if attempt else None,
            "verdict": "PASSED", "complete": True, "score": score,
            "score_ci": [score * 0.993, score * 1.007], "log": "", "reasons": [],
            "source": source(base, rng), "profile": "", "profiles": [], "workloads": rows,
            "kernels": [{"kernel": "grouped_gemm<%d>(Arguments)" % registers, "arch": "sm_90a",
                         "registers": registers, "stack_bytes": 0,
                         "spill_store_bytes": 24 if registers > 200 else 0,
                         "spill_load_bytes": 32 if registers > 200 else 0, "shared_bytes": 49152}]}


def exchange(texts, parent, rng):
    texts.append("You improve this kernel:\n\n" + parent["source"] +
                 "\nIt is slowest on seq_len=14107: 62 % of the roofline.")
    texts.append("The loads of B wait on L2.\n\n<<<<<<< SEARCH\n  a\n=======\n  b\n>>>>>>> REPLACE\n")
    return {"slot": "llm", "op": "complete", "purpose": "propose", "model": "big-model",
            "finish": "stop", "usage": {"input_tokens": 5200, "output_tokens": rng.randrange(200, 3000),
                                        "cost_usd": 0.021},
            "messages": [{"role": "system", "text": 0}, {"role": "user", "text": len(texts) - 2}],
            "reply": len(texts) - 1, "error": "", "seconds": rng.uniform(5, 60)}


def cell_of(row, rng):
    registers = sum(row["kernels"][0]["registers"] > edge for edge in (32, 48, 64, 96, 128, 168))
    return "registers=%d shared_bytes=%d launches=%d regime=%s" % (
        registers, rng.randrange(4), rng.randrange(3), rng.choice(["small", "middle", "large"]))


def outcome_of(rng, i, count):
    failing = 0.5 - 0.3 * i / count
    if rng.random() > failing:
        return "accepted" if rng.random() < 0.55 else "slower"
    return rng.choice(["build_failed", "build_failed", "incorrect", "duplicate", "no_proposal",
                       "llm_failed", "crashed", "timed_out"])


class Run:
    def __init__(self, attempts, workloads, islands, seed):
        self.rng = random.Random(seed)
        self.ranking = sample_ranking.ranking(4, workloads, seed)
        self.shared = self.ranking["workloads"]
        self.texts = ["You write fast CUDA kernels. Answer with SEARCH and REPLACE blocks."]
        self.attempts, self.rematches, self.speeds = [], [], {1: 1.0}
        self.cells = [{} for _ in range(islands)]
        self.programs = [program(1, None, [], self.shared, 1.0, self.rng, None)]
        self.living = [[self.programs[0]] for _ in range(islands)]
        self.champion = self.programs[0]
        self.champions = [{"program": 1, "gain": None, "over_seed": None}]
        for i in range(attempts):
            self.attempt(i, attempts)

    def attempt(self, i, count):
        rng, island = self.rng, i % len(self.living)
        parent = rng.choice(self.living[island][-6:])
        outcome = outcome_of(rng, i, count)
        mutator = rng.choice(MUTATORS)
        row = {"id": i + 1, "island": island, "mutator": mutator, "parents": [parent["id"]],
               "outcome": outcome, "reason": REASONS.get(outcome, ""), "program": 0, "twin": 0,
               "source": "", "repaired": rng.random() < 0.1, "improvement": False,
               "propose_seconds": rng.uniform(5, 60) if "llm" in mutator else 0.1,
               "build_seconds": rng.uniform(8, 20), "evaluate_seconds": rng.uniform(5, 20),
               "exchanges": [exchange(self.texts, parent, rng)] if "llm" in mutator else []}
        if "%d" in row["reason"]:
            row["reason"] %= parent["id"]
        self.attempts.append(row)
        if outcome in ("accepted", "slower", "incorrect", "crashed", "timed_out"):
            self.add_program(row, parent)
        elif outcome in ("build_failed", "duplicate"):
            row["source"] = source(parent["source"], rng)

    def add_program(self, row, parent):
        rng = self.rng
        speed = self.speeds[parent["id"]] * math.exp(rng.gauss(-0.05, 0.12))
        child = program(len(self.programs) + 1, row, [parent], self.shared, speed, rng, parent["source"])
        self.programs.append(child)
        row["program"] = child["id"]
        if row["outcome"] != "accepted":
            status = {"incorrect": "INCORRECT_NUMERICAL", "crashed": "RUNTIME_ERROR",
                      "timed_out": "TIMEOUT"}.get(row["outcome"], "PASSED")
            child["workloads"] = measured(self.shared[:3], speed, rng, status)
            if status != "PASSED":
                child["workloads"][0].update(status=status, latency_ms=None, speedup=None)
            child.update(complete=False, score=None, score_ci=None, verdict=status)
            return
        self.speeds[child["id"]] = speed
        self.living[row["island"]].append(child)
        self.cells[row["island"]][cell_of(child, rng)] = child["id"]
        if speed > self.speeds[self.champion["id"]] * 1.01:
            self.crown(row, child)

    def crown(self, row, child):
        gain = self.speeds[child["id"]] / self.speeds[self.champion["id"]]
        over = self.speeds[child["id"]]
        self.rematches.append({"challenger": child["id"], "champion": self.champion["id"], "ratio": gain,
                               "ratio_ci": [gain * 0.995, gain * 1.005], "rounds": 5, "won": True,
                               "seconds": 21.0})
        self.champions.append({"program": child["id"],
                               "gain": {"ratio": gain, "ratio_ci": [gain * 0.995, gain * 1.005],
                                        "rematch": True},
                               "over_seed": {"ratio": over, "ratio_ci": [over * 0.99, over * 1.01],
                                             "rematch": False}})
        row["improvement"] = True
        child["profile"] = "grouped_gemm: 71 % of DRAM, 33 % of the tensor cores, occupancy 25 % (registers)"
        self.champion = child

    def tallies(self):
        rows = []
        for name in MUTATORS:
            own = [a for a in self.attempts if a["mutator"] == name]
            rows.append({"mutator": name, "proposed": len(own),
                         "evaluated": sum(a["program"] > 0 for a in own),
                         "accepted": sum(a["outcome"] == "accepted" for a in own),
                         "improved": sum(a["improvement"] for a in own),
                         "seconds": sum(a["propose_seconds"] + a["build_seconds"] + a["evaluate_seconds"]
                                        for a in own), "gain": 1.21})
        return rows

    def standing(self):
        outcomes = {}
        for a in self.attempts:
            outcomes[a["outcome"]] = outcomes.get(a["outcome"], 0) + 1
        asked = [e for a in self.attempts for e in a["exchanges"]]
        total = lambda key: sum(a[key] for a in self.attempts)
        return {"seed": 1, "best": self.champion["id"], "over_seed": self.champions[-1]["over_seed"],
                "proposals": len(self.attempts), "evaluated": len(self.programs) - 1,
                "improvements": len(self.champions) - 1, "outcomes": outcomes,
                "models": {"exchanges": len(asked), "failed": 0,
                           "input_tokens": sum(e["usage"]["input_tokens"] for e in asked),
                           "output_tokens": sum(e["usage"]["output_tokens"] for e in asked),
                           "usd": 0.021 * len(asked), "seconds": sum(e["seconds"] for e in asked)},
                "propose_seconds": total("propose_seconds"), "build_seconds": total("build_seconds"),
                "evaluate_seconds": total("evaluate_seconds"), "champions": self.champions,
                "mutators": self.tallies()}

    def document(self):
        about = {**self.ranking, "candidates": []}
        return {"schema": "fihost.run/1", "definition": "moe_fp8_block_scale",
                "created_at": "2025-01-31T12:00:00Z", "seed_path": "candidates/moe/naive.cu",
                "branched_from": "", "end_note": "40 evaluated children without an improvement",
                "config": {"max_iterations": 200, "random_seed": 42}, "about": about,
                "standing": self.standing(),
                "workloads": [{"uuid": w["uuid"], "axes": w["axes"], "floor_ms": w["floor_ms"],
                               "baseline_ms": w["baseline"]["latency_ms"]} for w in self.shared],
                "programs": self.programs, "attempts": self.attempts, "rematches": self.rematches,
                "islands": [{"island": i, "cells": [{"cell": cell, "program": owner} for cell, owner
                                                    in sorted(cells.items())]}
                            for i, cells in enumerate(self.cells)],
                "texts": self.texts}


def run(attempts=60, workloads=19, islands=3, seed=1):
    return Run(attempts, workloads, islands, seed).document()


if __name__ == "__main__":
    json.dump(run(int(sys.argv[1])), sys.stdout)
