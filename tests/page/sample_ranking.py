"""Rankings like those of a GPU, made up: as many candidates and workloads as a test wants."""
import math
import random

SEQ_LENS = [7, 1, 32, 80, 901, 16, 15, 14, 14107, 11948, 62, 59, 58, 57, 56, 55, 54, 53, 52]
BANDWIDTH, FLOPS = 4.8e12, 1.979e15
HOSTILE = '</script><img src=x onerror="window.hacked=1"><svg onload=window.hacked=1>'


def timing(latency, rng, share=0.004):
    processes = [latency * math.exp(rng.gauss(0, share)) for _ in range(3)]
    return {"latency_ms": latency, "latency_ci_ms": [latency * (1 - share), latency * (1 + share)],
            "samples": 240, "min_ms": latency * 0.98, "p10_ms": latency * 0.99,
            "p90_ms": latency * 1.02, "processes_ms": processes, "sm_mhz": 1980.0, "throttle": ""}


def workload(index, rng):
    seq_len = SEQ_LENS[index % len(SEQ_LENS)]
    byte_count = 2.4e8 + 4.4e7 * min(seq_len * 8, 256) / 8 + seq_len * 3e4
    flops = 8.8e7 * seq_len
    floor = 1e3 * max(byte_count / BANDWIDTH, flops / FLOPS)
    return {"uuid": "%08x-0000-4000-8000-%012d" % (rng.getrandbits(32), index),
            "axes": {"seq_len": seq_len}, "bytes": byte_count, "flops": flops,
            "floor_ms": floor, "baseline": timing(floor * (8 + 40 / (1 + seq_len / 200)), rng)}


def trial(shared, speed, rng):
    base = shared["baseline"]["latency_ms"]
    latency = max(base / (speed * math.exp(rng.gauss(0, 0.15))), 1.1 * shared["floor_ms"])
    return {"uuid": shared["uuid"], "axes": shared["axes"], "status": "PASSED",
            **timing(latency, rng), "baseline_latency_ms": base, "speedup": base / latency,
            "speedup_ci": [0.994 * base / latency, 1.006 * base / latency],
            "roofline_fraction": shared["floor_ms"] / latency, "max_abs_error": 13300.0,
            "max_rel_error": 1190.0, "matched_ratio": 0.978, "log": ""}


def failed(trial_json, status, log):
    for key in trial_json:
        if key.endswith("_ms") or key in ("samples", "speedup", "speedup_ci", "roofline_fraction",
                                          "sm_mhz", "throttle"):
            trial_json[key] = None
    trial_json.update(status=status, log=log, max_abs_error="Infinity", max_rel_error="NaN")


def candidate(name, shared, speed, rng):
    workloads = [trial(w, speed, rng) for w in shared]
    score = math.exp(sum(math.log(w["speedup"]) for w in workloads) / len(workloads))
    return {"rank": 0, "name": name, "path": "candidates/" + name + ".cu", "verdict": "PASSED",
            "score": score, "score_ci": [score * 0.99, score * 1.01], "log_score_sd": 0.004,
            "tied_with": [], "wall_seconds": 3.1, "workloads": workloads,
            "build": {"seconds": 12.5, "cached": rng.random() < 0.5, "kernels": [
                {"kernel": "grouped_gemm<128, 64>(Arguments)", "arch": "sm_90a", "registers": 168,
                 "stack_bytes": 0, "spill_store_bytes": 24, "spill_load_bytes": 32,
                 "shared_bytes": 49152}]}}


def ranking(candidates=40, workloads=19, seed=1):
    """A fihost.ranking/1 document: two candidates fail, two are tied, one has a hostile name."""
    rng = random.Random(seed)
    shared = [workload(i, rng) for i in range(workloads)]
    rows = [candidate("variant_%03d" % i, shared, 0.6 * 60 ** (1 - i / candidates), rng)
            for i in range(candidates)]
    rows.sort(key=lambda row: -row["score"])
    for i, row in enumerate(rows):
        row["rank"] = i + 1
    rows[0]["name"] = "mma_pipelined"
    rows[2]["rank"], rows[2]["tied_with"] = 2, [rows[1]["name"]]
    rows[1]["tied_with"] = [rows[2]["name"]]
    for row, status, log in ((rows[-2], "RUNTIME_ERROR", "the runner was ended by signal 11\n" + HOSTILE),
                             (rows[-1], "INCORRECT_NUMERICAL", "output: 12 of 50176 elements are off")):
        row.update(verdict=status, score=None, score_ci=None)
        for broken in row["workloads"][3:9]:
            failed(broken, status, log)
    rows[-1]["name"] = HOSTILE
    return {"schema": "fihost.ranking/1", "definition": "moe_fp8_block_scale",
            "device": {"type": "cuda", "name": "GPU X", "arch": "sm_90", "driver": "580.1",
                       "memory_bytes": 150 * 10 ** 9, "l2_bytes": 62914560,
                       "bandwidth_bytes_s": BANDWIDTH, "fp8_flops_s": FLOPS},
            "environment": {"fihost": "0.1.0", "commit": "", "time": "2025-01-31T12:00:00Z",
                            "cpu": "CPU Y", "cxx": "g++ 12.2.0", "nvcc": "release 13.0",
                            "archs": ["sm_90a"]},
            "timer": "CUDA events behind a spin gate, L2 zero-filled (125 MB)", "flush": "zero",
            "null_call_ms": 0.0013, "seed": 7, "scorer": "scorer.speedup",
            "workload_count": workloads, "baseline": {"kind": "reference", "name": "moe-reference"},
            "noise": {"aa_percent": None}, "workloads": shared, "candidates": rows}
