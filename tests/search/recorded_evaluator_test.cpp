#include "core/search/recorded_evaluator.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "tests/search/run_example.hpp"

using namespace fihost::search;

namespace {

struct Recorded {
  fihost::TempDir folder;
  RecordedEvaluator evaluator;

  Recorded() : evaluator(make(), about(), {"uuid-a", "uuid-b"}) {}

  static fihost::Ranking about() {
    fihost::Ranking ranking;
    ranking.timer = "cuda events";
    return ranking;
  }
  RunStore make() const {
    std::error_code ignored;
    std::filesystem::remove(folder.path() / "run.sqlite", ignored);
    const auto file = folder.path() / "run.sqlite";
    auto run = RunStore::create(file, example_head());
    auto first = example_event(1);
    first.rematches.clear();
    run.record(first);
    auto second = example_event(2);
    second.rematches.push_back(second.rematches[0]);
    second.rematches[1].ratio = 0.9;
    // The quick look saw other numbers than the complete one.
    second.measurements[0].workloads[0].trial.timing->latency_ms = 0.5;
    run.record(second);
    auto third = example_event(3);
    third.measurements.clear();
    run.record(third);
    return RunStore::view(file);
  }
};

Contestant contestant(int id) {
  return {.object = {},
          .name = "gen_" + std::to_string(id),
          .source_digest = "source-" + std::to_string(id)};
}

double latency(const Measured& measured) {
  return measured.workloads.at(0).trial.timing.value().latency_ms;
}

}  // namespace

TEST_CASE("a recorded run answers with what it measured") {
  Recorded recorded;
  auto& evaluator = recorded.evaluator;
  CHECK(evaluator.about().timer == "cuda events");
  const auto all = evaluator.measure(contestant(2), {});
  REQUIRE(all.workloads.size() == 2);
  CHECK(all.workloads[1].uuid == "uuid-b");
  CHECK(latency(all) == 1.0 / 3);
  CHECK(all.seconds == 3.25);
  const auto one = evaluator.measure(contestant(2), {.workloads = {1}, .quick = false});
  REQUIRE(one.workloads.size() == 1);
  CHECK(one.workloads[0].uuid == "uuid-b");
}

TEST_CASE(
    "a quick look is answered by the quick one, and by the complete one where there is none") {
  Recorded recorded;
  auto& evaluator = recorded.evaluator;
  const auto quick = evaluator.measure(contestant(2), {.workloads = {0}, .quick = true});
  CHECK(latency(quick) == 0.5);
  CHECK(quick.seconds == 1.25);
  CHECK(quick.judge_end == "exit code 3");
  CHECK(latency(evaluator.measure(contestant(3), {.workloads = {0}, .quick = true})) == 1.0 / 3);
  CHECK(latency(evaluator.measure(contestant(2), {.workloads = {0}, .quick = false})) == 1.0 / 3);
}

TEST_CASE("rematches are given in the order in which they were held, each once") {
  Recorded recorded;
  auto& evaluator = recorded.evaluator;
  const auto first = evaluator.rematch(contestant(2), contestant(1), 5);
  CHECK(first.ratio == 1.02);
  CHECK(first.won);
  CHECK(first.challenger == 0);
  CHECK(evaluator.rematch(contestant(2), contestant(1), 5).ratio == 0.9);
  CHECK_THROWS_WITH_AS(
      (void)evaluator.rematch(contestant(2), contestant(1), 5),
      doctest::Contains("the recorded run has no further rematch of gen_2 against gen_1"),
      fihost::Error);
  CHECK_THROWS_AS((void)evaluator.rematch(contestant(1), contestant(2), 5), fihost::Error);
}

TEST_CASE("what was never measured is an error that names it") {
  Recorded recorded;
  CHECK_THROWS_WITH_AS((void)recorded.evaluator.measure(contestant(9), {}),
                       doctest::Contains("the recorded run never measured gen_9 (source source-9)"),
                       fihost::Error);
  RecordedEvaluator more(recorded.make(), {}, {"uuid-a", "uuid-b", "uuid-c"});
  CHECK_THROWS_WITH_AS((void)more.measure(contestant(1), {}),
                       doctest::Contains("never measured gen_1 on all of the 3 workloads"),
                       fihost::Error);
}
