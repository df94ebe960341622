// One leaderboard with a bit of everything.
#pragma once

#include <limits>

#include "core/eval/ranking.hpp"

/// Two tied candidates and one that is wrong on the second of two workloads, on a GPU.
[[nodiscard]] inline fihost::Ranking sample_ranking() {
  using namespace fihost;  // NOLINT: a test's data, read best without prefixes
  const auto timing = [](double latency_ms) {
    Timing t;
    t.latency_ms = latency_ms;
    t.low_ms = latency_ms * 0.99;
    t.high_ms = latency_ms * 1.01;
    t.samples = 100;
    t.min_ms = latency_ms * 0.9;
    t.p10_ms = latency_ms * 0.95;
    t.p90_ms = latency_ms * 1.05;
    t.processes_ms = {latency_ms * 0.999, latency_ms, latency_ms * 1.001};
    return t;
  };
  const auto workload = [&](const char* uuid, std::int64_t extent, double latency_ms) {
    WorkloadResult w;
    w.uuid = uuid;
    w.axes = {{"seq_len", extent}};
    w.trial.status = Status::passed;
    w.trial.correctness = Correctness{
        .max_abs_error = 0.5, .max_rel_error = 0.01, .matched_ratio = 0.9876, .strict = {}};
    w.trial.timing = timing(latency_ms);
    w.baseline = timing(0.02);
    w.floor_ms = 0.004;
    w.cost = Cost{.bytes = 1e6, .flops = 2e9};
    return w;
  };
  const auto candidate = [&](const char* name, int rank, double score, const char* tied) {
    CandidateResult c;
    c.name = name;
    c.path = std::string("k/") + name + ".cu";
    c.build_seconds = 1.25;
    c.kernels = {
        {.kernel = "twice(float*)", .arch = "sm_90a", .registers = 32, .shared_bytes = 128}};
    c.wall_seconds = 3.5;
    c.workloads = {workload("11111111-aaaa", 1, 0.005), workload("22222222-bbbb", 64, 0.02)};
    c.rank = rank;
    c.verdict = Status::passed;
    c.score = score;
    c.score_ci = Interval{score - 0.01, score + 0.01};
    c.log_score_sd = 0.002;
    c.tied_with = {tied};
    return c;
  };
  CandidateResult wrong;
  wrong.name = "wrong";
  wrong.path = "k/wrong.so";
  wrong.rank = 3;
  wrong.verdict = Status::incorrect_numerical;
  wrong.workloads = {workload("11111111-aaaa", 1, 0.005), workload("22222222-bbbb", 64, 0.02)};
  auto& failed = wrong.workloads[1].trial;
  failed.status = Status::incorrect_numerical;
  failed.timing.reset();
  failed.correctness->max_abs_error = std::numeric_limits<double>::infinity();
  failed.correctness->max_rel_error = std::numeric_limits<double>::quiet_NaN();
  failed.log = "\n3 of 8 elements are off\nmore";

  Ranking ranking;
  ranking.definition = "twice";
  ranking.device.type = "cuda";
  ranking.device.name = "GPU X";
  ranking.device.arch = "sm_90";
  ranking.device.driver = "580.1";
  ranking.device.memory_bytes = 141ull << 30;
  ranking.device.bandwidth_bytes_s = 4.8e12;
  ranking.device.fp8_flops_s = 1.9e15;
  ranking.environment.fihost = "1.2.3";
  ranking.environment.time = "2025-01-31T12:00:00Z";
  ranking.environment.cpu = "CPU Y";
  ranking.environment.archs = {"sm_90a"};
  ranking.timer = "events";
  ranking.flush = "zero";
  ranking.baseline_name = "plain";
  ranking.scorer = "scorer.speedup";
  ranking.seed = 7;
  ranking.candidates = {candidate("quick", 1, 2.0, "swift"), candidate("swift", 1, 1.99, "quick"),
                        wrong};
  return ranking;
}
