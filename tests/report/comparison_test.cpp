#include "core/report/comparison.hpp"

#include <doctest/doctest.h>

#include "tests/report/sample_ranking.hpp"

namespace {

/// "swift" got slower by 10 %, "wrong" passes now, "quick" became "new".
std::vector<fihost::RankingComparison> sample() {
  auto after = sample_ranking();
  after.seed = 8;
  after.candidates[0].name = "new";
  auto& swift = after.candidates[1];
  swift.score = *swift.score * 0.9;
  swift.workloads[1].trial.timing->latency_ms *= 1.2;
  auto& wrong = after.candidates[2];
  wrong.verdict = fihost::Status::passed;
  wrong.workloads[1] = after.candidates[0].workloads[1];
  return fihost::compare(std::vector{sample_ranking()}, std::vector{after});
}

}  // namespace

TEST_CASE("a comparison shows each change with its interval, and counts them") {
  CHECK(fihost::comparison_text(sample().front(), {}, false) ==
        R"(twice
differs: seed: 7 before, 8 after

name   change                   before   after     speed  95 % interval
new    appears                       -  PASSED         -  -
swift  slower                    1.990   1.791  -10.00 %  [-10.64 %, -9.36 %]
wrong  passes      INCORRECT_NUMERICAL  PASSED         -  -
quick  disappears               PASSED       -         -  -

1 slower, 1 passes, 1 appears, 1 disappears
)");
}

TEST_CASE("names from a stored ranking cannot steer the terminal") {
  auto ranking = sample_ranking();
  ranking.definition = ranking.device.name = ranking.candidates[0].name = "\x1b[2Jx";
  auto after = ranking;
  after.timer = "\x1b[31m";
  const auto found = fihost::compare(std::vector{ranking}, std::vector{after});
  CHECK(fihost::comparison_text(found.front(), {}, true).find('\x1b') == std::string::npos);
}

TEST_CASE("verbose lists the workloads that changed") {
  const auto text = fihost::comparison_text(sample().front(), {}, true);
  CHECK(text.find("  22222222 seq_len=64  slower") != std::string::npos);
  CHECK(text.find("11111111") == std::string::npos);
}

TEST_CASE("the comparison's document says the same to a script") {
  const auto json = fihost::comparison_json(sample(), "a.json", "b.json", 0.02);
  CHECK(json["schema"] == "fihost.comparison/1");
  CHECK(json["before"] == "a.json");
  CHECK(json["threshold_percent"] == 2);
  const auto& comparison = json["comparisons"].at(0);
  CHECK(comparison["definition"] == "twice");
  CHECK(comparison["compared"] == "score");
  CHECK(comparison["worse"] == true);
  CHECK(comparison["differences"].at(0)["what"] == "seed");
  const auto& swift = comparison["candidates"].at(1);
  CHECK(swift["change"] == "slower");
  CHECK(swift["figure"]["ratio"].get<double>() == doctest::Approx(0.9));
  CHECK(swift["workloads"].at(1)["change"] == "slower");
  CHECK(comparison["candidates"].at(3)["verdict_after"].is_null());
}
