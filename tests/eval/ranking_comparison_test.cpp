#include "core/eval/ranking_comparison.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/base/error.hpp"

namespace {

using fihost::Change;
using fihost::compare;
using fihost::Ranking;
using fihost::Status;
using fihost::worse;

fihost::Timing timing(double latency_ms, double half_width, std::size_t processes = 3) {
  fihost::Timing t;
  t.latency_ms = latency_ms;
  t.low_ms = latency_ms * (1 - half_width);
  t.high_ms = latency_ms * (1 + half_width);
  t.samples = 100;
  t.processes_ms.assign(processes, latency_ms);
  return t;
}

/// Two workloads against a baseline of 10 ms, scored by the geometric mean; the score's interval is
/// +- `half_width`, as are the latencies'.
fihost::CandidateResult candidate(const std::string& name, double first_ms, double second_ms,
                                  double half_width = 0.001, std::size_t processes = 3) {
  fihost::CandidateResult c;
  c.name = name;
  c.verdict = Status::passed;
  for (const double latency : {first_ms, second_ms}) {
    fihost::WorkloadResult w;
    w.uuid = "w" + std::to_string(c.workloads.size());
    w.trial.status = Status::passed;
    w.trial.timing = timing(latency, half_width, processes);
    w.baseline = timing(10, 0.0001, processes);
    c.workloads.push_back(w);
  }
  c.score = 10 / std::sqrt(first_ms * second_ms);
  c.score_ci = fihost::Interval{*c.score * (1 - half_width), *c.score * (1 + half_width)};
  c.log_score_sd = half_width / fihost::z975;
  return c;
}

Ranking ranking(std::vector<fihost::CandidateResult> candidates) {
  Ranking r;
  r.definition = "d";
  r.device.name = "GPU X";
  r.timer = "events";
  r.scorer = "scorer.speedup";
  r.baseline_name = "reference";
  r.candidates = std::move(candidates);
  return r;
}

void fail_on(fihost::CandidateResult& c, std::size_t workload) {
  auto& trial = c.workloads[workload].trial;
  trial.status = Status::incorrect_numerical;
  trial.timing.reset();
  c.verdict = Status::incorrect_numerical;
  c.score.reset();
  c.score_ci.reset();
}

Change change(const fihost::CandidateResult& before, const fihost::CandidateResult& after,
              double threshold = 0) {
  return compare(ranking({before}), ranking({after}), threshold).candidates.at(0).change;
}

}  // namespace

TEST_CASE("a score that moves beyond the noise of both is faster or slower") {
  CHECK(change(candidate("a", 2, 2), candidate("a", 1.9, 1.9)) == Change::faster);
  CHECK(change(candidate("a", 2, 2), candidate("a", 2.1, 2.1)) == Change::slower);
  CHECK(change(candidate("a", 2, 2), candidate("a", 2, 2)) == Change::same);
}

TEST_CASE("a move within the combined interval is none") {
  // 3 % and 3 % are 4.2 % together: a move of 4 % is none, though beyond either alone.
  CHECK(change(candidate("a", 2, 2, 0.03), candidate("a", 2.08, 2.08, 0.03)) == Change::same);
  CHECK(change(candidate("a", 2, 2, 0.03), candidate("a", 2.08, 2.08, 0.001)) == Change::slower);
  const auto found =
      compare(ranking({candidate("a", 2, 2, 0.03)}), ranking({candidate("a", 2.08, 2.08, 0.03)}));
  const auto& ratio = *found.candidates.at(0).ratio;
  CHECK(ratio.value == doctest::Approx(2 / 2.08));
  CHECK(ratio.interval.high / ratio.value == doctest::Approx(std::exp(0.0424)).epsilon(0.001));
}

TEST_CASE("below the tie floor nothing is told apart, and a single process has a higher one") {
  CHECK(change(candidate("a", 2, 2, 1e-5), candidate("a", 2.008, 2.008, 1e-5)) == Change::same);
  CHECK(change(candidate("a", 2, 2, 1e-5), candidate("a", 2.012, 2.012, 1e-5)) == Change::slower);
  CHECK(change(candidate("a", 2, 2, 1e-5, 1), candidate("a", 2.03, 2.03, 1e-5)) == Change::same);
  CHECK(change(candidate("a", 2, 2, 1e-5, 1), candidate("a", 2.05, 2.05, 1e-5)) == Change::slower);
}

TEST_CASE("the threshold ignores smaller changes") {
  CHECK(change(candidate("a", 2, 2), candidate("a", 2.1, 2.1), 0.06) == Change::same);
  CHECK(change(candidate("a", 2, 2), candidate("a", 2.1, 2.1), 0.04) == Change::slower);
}

TEST_CASE("a score of unknown error is never called faster or slower") {
  auto after = candidate("a", 4, 4);
  after.score_ci.reset();
  after.log_score_sd = 0;
  CHECK(change(candidate("a", 2, 2), after) == Change::same);
}

TEST_CASE("what fails that passed fails, whatever its times, and the reverse") {
  auto broken = candidate("a", 1, 1);
  fail_on(broken, 1);
  const auto whole = candidate("a", 2, 2);
  CHECK(change(whole, broken) == Change::fails);
  CHECK(change(broken, whole) == Change::passes);
  CHECK(change(broken, broken) == Change::same);
  auto other = candidate("a", 1, 1);
  fail_on(other, 0);
  CHECK(change(broken, other) == Change::fails);  // on another workload
  const auto found = compare(ranking({broken}), ranking({other})).candidates.at(0).workloads;
  CHECK(found.at(0).change == Change::fails);
  CHECK(found.at(1).change == Change::passes);
}

TEST_CASE("a workload's change is told though the score did not move") {
  const auto found = compare(ranking({candidate("a", 2, 2)}), ranking({candidate("a", 1, 4)}));
  CHECK(found.candidates.at(0).change == Change::same);
  CHECK(found.candidates.at(0).workloads.at(0).change == Change::faster);
  CHECK(found.candidates.at(0).workloads.at(1).change == Change::slower);
  CHECK_FALSE(worse(found));
}

TEST_CASE("candidates are matched by name, and those without a match appear or disappear") {
  const auto found = compare(ranking({candidate("a", 2, 2), candidate("b", 2, 2)}),
                             ranking({candidate("c", 2, 2), candidate("a", 3, 3)}));
  REQUIRE(found.candidates.size() == 3);
  CHECK(found.candidates[0].name == "c");
  CHECK(found.candidates[0].change == Change::appears);
  CHECK(found.candidates[1].change == Change::slower);
  CHECK(found.candidates[2].name == "b");
  CHECK(found.candidates[2].change == Change::disappears);
  CHECK(worse(found));
}

TEST_CASE("whatever makes numbers hard to compare is listed") {
  auto before = ranking({candidate("a", 2, 2)}), after = before;
  after.timer = "clock";
  after.seed = 9;
  after.flush = "read";
  after.device.driver = "581";
  const auto found = compare(before, after);
  std::string what;
  for (const auto& difference : found.differences) what += difference.what + " ";
  CHECK(what == "driver timer flush seed ");
  CHECK(found.by_score);
}

TEST_CASE("with another scorer, baseline or other workloads the common latencies are compared") {
  const auto before = ranking({candidate("a", 2, 2)});
  auto after = ranking({candidate("a", 1, 1)});
  after.candidates[0].score = 0.001;
  SUBCASE("scorer") { after.scorer = "scorer.worst_case"; }
  SUBCASE("baseline") { after.baseline_name = "another"; }
  SUBCASE("workloads") { after.candidates[0].workloads[1].uuid = "other"; }
  const auto found = compare(before, after);
  CHECK_FALSE(found.by_score);
  CHECK(found.candidates.at(0).change == Change::faster);
  CHECK(found.candidates.at(0).ratio->value == doctest::Approx(2));
  CHECK(found.candidates.at(0).ratio->before == doctest::Approx(500));  // calls a second
}

TEST_CASE("processes that disagree widen the interval of a mean latency") {
  auto before = ranking({candidate("a", 2, 2)}), after = ranking({candidate("a", 2.1, 2.1)});
  after.scorer = "scorer.worst_case";
  CHECK(compare(before, after).candidates.at(0).change == Change::slower);
  for (auto& w : after.candidates[0].workloads) w.trial.timing->processes_ms = {1.9, 2.1, 2.3};
  CHECK(compare(before, after).candidates.at(0).change == Change::same);
}

TEST_CASE("times of two devices are refused") {
  auto before = ranking({candidate("a", 2, 2)}), after = before;
  after.device.name = "GPU Y";
  CHECK_THROWS_WITH_AS((void)compare(before, after),
                       "cannot compare times of d on two devices: found GPU X () before and GPU Y "
                       "() after; rank both on one",
                       fihost::Error);
}

TEST_CASE("rankings are matched by definition") {
  const std::vector empty{ranking({})};
  auto other = ranking({candidate("a", 2, 2)});
  other.definition = "e";
  const std::vector before{ranking({candidate("a", 2, 2)}), other};
  const std::vector after{other, ranking({candidate("a", 3, 3)})};
  const auto found = fihost::compare(before, after);
  REQUIRE(found.size() == 2);
  CHECK(found[0].definition == "e");
  CHECK_FALSE(worse(found[0]));
  CHECK(worse(found[1]));
  const auto gone = fihost::compare(before, empty);
  CHECK(gone.at(1).candidates.at(0).change == Change::disappears);
  CHECK_THROWS_WITH_AS((void)fihost::compare(std::vector{other}, empty),
                       "nothing to compare: the definitions are e before and d after",
                       fihost::Error);
}
