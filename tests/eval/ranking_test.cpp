#include "core/eval/ranking.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace {

using fihost::CandidateResult;
using fihost::Score;
using fihost::ScoreRequest;
using fihost::Status;

fihost::Timing timing(double latency_ms, double relative_half_width) {
  fihost::Timing t;
  t.samples = 100;
  t.latency_ms = latency_ms;
  t.low_ms = latency_ms * (1 - relative_half_width);
  t.high_ms = latency_ms * (1 + relative_half_width);
  t.processes_ms = {latency_ms, latency_ms};
  return t;
}

/// Passed everywhere; one workload a latency, the baseline takes `baseline_ms` on each.
CandidateResult candidate(const std::string& name, const std::vector<double>& latencies,
                          double noise = 0, double baseline_ms = 10, double baseline_noise = 0) {
  CandidateResult c;
  c.name = name;
  for (std::size_t i = 0; i < latencies.size(); ++i) {
    fihost::WorkloadResult w;
    w.uuid = "w" + std::to_string(i);
    w.trial.status = Status::passed;
    w.trial.timing = timing(latencies[i], noise);
    w.baseline = timing(baseline_ms, baseline_noise);
    c.workloads.push_back(w);
  }
  return c;
}

Score geometric(const ScoreRequest& request) {
  double sum = 0;
  for (const auto& w : request.workloads) sum += std::log(w.baseline_ms / w.latency_ms);
  return {.value = std::exp(sum / static_cast<double>(request.workloads.size())), .reasons = {}};
}

CandidateResult scored(CandidateResult c) { return fihost::scored(std::move(c), {}, geometric); }

std::vector<CandidateResult> ranked(std::vector<CandidateResult> candidates) {
  for (auto& c : candidates) c = scored(std::move(c));
  return fihost::ranked(std::move(candidates));
}

std::string order(const std::vector<CandidateResult>& candidates) {
  std::string text;
  for (const auto& c : candidates) text += std::to_string(c.rank) + c.name + " ";
  return text;
}

}  // namespace

TEST_CASE("the verdict is the first status that is not PASSED") {
  auto c = candidate("c", {1, 1, 1});
  CHECK(fihost::verdict_of(c) == Status::passed);
  c.workloads[1].trial.status = Status::timeout;
  c.workloads[2].trial.status = Status::runtime_error;
  CHECK(fihost::verdict_of(c) == Status::timeout);
}

TEST_CASE("the score is the scorer's, on the measured latencies") {
  const auto c = scored(candidate("c", {5, 20}));
  CHECK(*c.score == doctest::Approx(1.0));
  CHECK(*c.workloads[0].speedup() == doctest::Approx(2.0));
  CHECK(*c.workloads[1].speedup() == doctest::Approx(0.5));
}

TEST_CASE("the scorer is told what competes with what") {
  fihost::Ranking ranking;
  ranking.definition = "d";
  ranking.baseline_name = "ref";
  ScoreRequest seen;
  const auto remember = [&](const ScoreRequest& request) {
    seen = request;
    return Score{.value = 1, .reasons = {}};
  };
  static_cast<void>(fihost::scored(candidate("c", {5}), ranking, remember));
  CHECK(seen.definition == "d");
  CHECK(seen.candidate == "c");
  CHECK(seen.baseline_kind == "reference");
  CHECK(seen.baseline_name == "ref");
  CHECK(seen.workloads.at(0).uuid == "w0");
}

TEST_CASE("one failed workload leaves no score") {
  auto c = candidate("c", {5, 5});
  c.workloads[1].trial.status = Status::incorrect_numerical;
  c.workloads[1].trial.timing.reset();
  c = scored(c);
  CHECK_FALSE(c.score);
  CHECK_FALSE(c.score_ci);
  CHECK(c.verdict == Status::incorrect_numerical);
}

TEST_CASE("a scorer that accepts nothing leaves no score but keeps its reasons") {
  const auto refuse = [](const ScoreRequest&) {
    return Score{.value = {}, .reasons = {"too odd"}};
  };
  const auto c = fihost::scored(candidate("c", {5}), {}, refuse);
  CHECK_FALSE(c.score);
  CHECK(c.verdict == Status::passed);
  CHECK(c.reasons == std::vector<std::string>{"too odd"});
}

TEST_CASE("exact latencies give an interval of one point") {
  const auto c = scored(candidate("c", {5, 5}));
  CHECK(c.score_ci->low == doctest::Approx(2));
  CHECK(c.score_ci->high == doctest::Approx(2));
  CHECK(c.log_score_sd == doctest::Approx(0));
}

TEST_CASE("the interval of one workload is that of its latency") {
  const auto c = scored(candidate("c", {5}, 0.02));
  // 2 % half-width; a hundred replicates know a quantile within about a quarter of that.
  CHECK(c.score_ci->low == doctest::Approx(2 * 0.98).epsilon(0.006));
  CHECK(c.score_ci->high == doctest::Approx(2 * 1.02).epsilon(0.006));
  CHECK(c.log_score_sd == doctest::Approx(0.02 / 1.96).epsilon(0.2));
}

TEST_CASE("a latency of a single sample leaves a score without an interval") {
  auto c = candidate("c", {5, 5});
  c.workloads[1].trial.timing->samples = 1;
  c = scored(c);
  CHECK(c.score);
  CHECK_FALSE(c.score_ci);
}

TEST_CASE("many workloads narrow the interval") {
  const auto one = scored(candidate("one", {5}, 0.02));
  const auto many = scored(candidate("many", std::vector<double>(16, 5), 0.02));
  const auto width = [](const CandidateResult& c) { return c.score_ci->high - c.score_ci->low; };
  CHECK(width(many) < 0.4 * width(one));
}

TEST_CASE("the baseline's errors widen the interval but not what decides ties") {
  const auto c = scored(candidate("c", {5}, 0, 10, 0.02));
  CHECK(c.score_ci->high - c.score_ci->low > 0.04);
  CHECK(c.log_score_sd == doctest::Approx(0));
}

TEST_CASE("a process that is slow on every workload widens the interval and ties") {
  auto c = candidate("c", {5, 7, 9});
  for (auto& w : c.workloads) {
    const double ms = w.trial.timing->latency_ms;
    w.trial.timing->processes_ms = {0.99 * ms, 1.01 * ms};
  }
  c = scored(c);
  // Two scores 2 % apart: Student's t with one degree, 12.7 * 0.0141 / sqrt(2).
  CHECK(1.96 * c.log_score_sd == doctest::Approx(0.127).epsilon(0.02));
  CHECK(c.score_ci->high / c.score_ci->low > 1.2);
}

TEST_CASE("what one process timed ties more easily") {
  auto a = candidate("a", {5, 5}), b = candidate("b", {5.05, 5.05});
  CHECK(ranked({scored(a), scored(b)})[1].rank == 2);
  for (auto& w : a.workloads) w.trial.timing->processes_ms.resize(1);
  CHECK(ranked({scored(a), scored(b)})[1].rank == 1);
}

TEST_CASE("equal trials give equal intervals") {
  const auto a = scored(candidate("a", {5, 7, 9}, 0.03));
  const auto b = scored(candidate("b", {5, 7, 9}, 0.03));
  CHECK(a.score_ci->low == b.score_ci->low);
  CHECK(a.score_ci->high == b.score_ci->high);
}

TEST_CASE("the best comes first, failures last, those nearer to passing first") {
  auto broken = candidate("broken", {1, 1});
  for (auto& w : broken.workloads) w.trial.status = Status::compile_error;
  auto half = candidate("half", {1, 1});
  half.workloads[1].trial.status = Status::timeout;
  CHECK(order(ranked({broken, candidate("slow", {9, 9}), half, candidate("fast", {3, 3})})) ==
        "1fast 2slow 3half 4broken ");
}

TEST_CASE("scores within half a percent are tied, whatever their intervals say") {
  const auto r = ranked({candidate("a", {5}), candidate("b", {5.02}), candidate("c", {5.1})});
  CHECK(order(r) == "1a 1b 3c ");
  CHECK(r[0].tied_with == std::vector<std::string>{"b"});
  CHECK(r[1].tied_with == std::vector<std::string>{"a"});
  CHECK(r[2].tied_with.empty());
}

TEST_CASE("scores within their noise are tied") {
  CHECK(order(ranked({candidate("a", {5}, 0.03), candidate("b", {5.15}, 0.03)})) == "1a 1b ");
  CHECK(order(ranked({candidate("a", {5}, 0.005), candidate("b", {5.15}, 0.005)})) == "1a 2b ");
}

TEST_CASE("a chain of small steps is not one tie") {
  const auto r = ranked({candidate("a", {5}), candidate("b", {5.02}), candidate("c", {5.04}),
                         candidate("d", {5.06})});
  CHECK(order(r) == "1a 1b 3c 3d ");
}

TEST_CASE("the roofline fraction is floor over latency") {
  auto c = candidate("c", {4});
  CHECK_FALSE(c.workloads[0].roofline_fraction());
  c.workloads[0].floor_ms = 3;
  CHECK(*c.workloads[0].roofline_fraction() == doctest::Approx(0.75));
}
