#include "core/report/leaderboard.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "tests/report/sample_ranking.hpp"

namespace {

std::size_t widest(const std::string& text) {
  std::istringstream lines(text);
  std::size_t width = 0;
  for (std::string line; std::getline(lines, line);) {
    width = std::max(width, fihost::columns_of(line));
  }
  return width;
}

}  // namespace

TEST_CASE("the leaderboard shows ranks, ties, intervals and why a candidate failed") {
  CHECK(fihost::leaderboard(sample_ranking(), {}) ==
        R"(twice, 2 workloads on GPU X (sm_90, driver 580.1)
baseline plain (reference), scorer.speedup, seed 7
timer: events

rank  name   verdict              score  95 % interval   latency  worst   best  build
  1=  quick  PASSED               2.000  [1.990, 2.010]  10.0 us  1.00x  4.00x  1.2 s
  1=  swift  PASSED               1.990  [1.980, 2.000]  10.0 us  1.00x  4.00x  1.2 s
   -  wrong  INCORRECT_NUMERICAL      -  -                     -      -      -      -

= the difference is within the noise

  wrong: 1 of 2 workloads failed, the first is 22222222 (seq_len=64): 3 of 8 elements are off
)");
}

TEST_CASE("rows of earlier runs are told") {
  auto ranking = sample_ranking();
  CHECK(leaderboard(ranking, {}).find("earlier runs") == std::string::npos);
  ranking.candidates[0].measured_at = "2026-01-02T03:04:05Z";
  CHECK(leaderboard(ranking, {})
            .find("1 of " + std::to_string(ranking.candidates.size()) +
                  " rows are from earlier runs, the oldest of 2026-01-02T03") != std::string::npos);
}

TEST_CASE("the workload table shows what was measured and how far off it was") {
  const auto ranking = sample_ranking();
  CHECK(
      fihost::workload_table(ranking.candidates[2], {}) ==
      R"(#  uuid      axes        status               latency     95 %  baseline  speedup  roofline  abs err  rel err  matched
0  11111111  seq_len=1   PASSED               5.00 us  +-1.0 %   20.0 us    4.00x      80 %      0.5     0.01  98.76 %
1  22222222  seq_len=64  INCORRECT_NUMERICAL        -        -   20.0 us        -         -      inf      nan  98.76 %
)");
}

TEST_CASE("what the strict rule would refuse is said below the workloads that passed without it") {
  auto ranking = sample_ranking();
  ranking.rule = fihost::CorrectnessRule::compat;
  auto& candidate = ranking.candidates[0];
  CHECK(fihost::workload_table(candidate, {}).find("strict") == std::string::npos);
  candidate.workloads[1].trial.correctness->strict.failure = "output y is wrong in 1 of 64 rows";
  CHECK(
      fihost::workload_table(candidate, {})
          .find("\n\n  strict rule: 22222222 (seq_len=64): output y is wrong in 1 of 64 rows\n") !=
      std::string::npos);
  CHECK(fihost::heading(ranking, {}).find("seed 7, compat rule\n") != std::string::npos);
}

TEST_CASE("a failure that is the same everywhere is told once, without a workload") {
  auto ranking = sample_ranking();
  auto& wrong = ranking.candidates[2];
  for (auto& w : wrong.workloads) {
    w.trial.status = fihost::Status::compile_error;
    w.trial.log = "k.cu:3: error: no";
  }
  wrong.verdict = fihost::Status::compile_error;
  const auto text = fihost::leaderboard(ranking, {});
  CHECK(text.find("\n  wrong: k.cu:3: error: no\n") != std::string::npos);
}

TEST_CASE("a candidate of unknown definition is shown with its refusal") {
  fihost::Ranking ranking;
  fihost::CandidateResult c;
  c.name = "x";
  c.verdict = fihost::Status::compile_error;
  c.refusal.emplace();
  c.refusal->status = fihost::Status::compile_error;
  c.refusal->log = "not an ELF file";
  ranking.candidates = {c};
  const auto text = fihost::leaderboard(ranking, {});
  CHECK(text.find("unknown definition") == 0);
  CHECK(text.find("COMPILE_ERROR") != std::string::npos);
  CHECK(text.find("  x: not an ELF file\n") != std::string::npos);
}

TEST_CASE("a narrow terminal shortens names and reasons") {
  auto ranking = sample_ranking();
  ranking.candidates[0].name = std::string(60, 'n');
  const fihost::Terminal narrow{.interactive = true, .colour = false, .width = 100};
  CHECK(widest(fihost::leaderboard(ranking, narrow)) <= 100);
  CHECK(widest(fihost::leaderboard(ranking, {})) > 100);
}

TEST_CASE("colours are there only when they are wanted") {
  fihost::Terminal terminal{.interactive = true, .colour = true, .width = 120};
  CHECK(fihost::leaderboard(sample_ranking(), terminal).find("\x1b[32mPASSED") !=
        std::string::npos);
  terminal.colour = false;
  CHECK(fihost::leaderboard(sample_ranking(), terminal).find('\x1b') == std::string::npos);
}
