#include "core/model/trial.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/base/error.hpp"

using doctest::Contains;
using fihost::Error;
using fihost::Json;
using fihost::Status;
using fihost::Trial;

namespace {

Trial passed() {
  Trial trial;
  trial.status = Status::passed;
  trial.correctness = fihost::Correctness{.max_abs_error = 0.5,
                                          .max_rel_error = 0.25,
                                          .matched_ratio = 0.999,
                                          .strict = {.nonfinite_mismatches = 1,
                                                     .unwritten = 2,
                                                     .wrong_rows = 3,
                                                     .worst_patch_ratio = 0.75,
                                                     .failure = "a row"}};
  trial.timing = fihost::Timing{.latency_ms = 1.5,
                                .low_ms = 1.25,
                                .high_ms = 1.75,
                                .min_ms = 1,
                                .p10_ms = 1.1,
                                .p90_ms = 2,
                                .samples = 123,
                                .processes_ms = {1.5, 1.6},
                                .sm_mhz = 1980,
                                .throttle = "power"};
  trial.log = "said";
  return trial;
}

Trial over_the_wire(const Trial& trial) {
  return fihost::parse_trial(fihost::parse_json(fihost::dump(fihost::to_json(trial)), "wire"));
}

}  // namespace

TEST_CASE("trial: the seven words and no others") {
  int count = 0;
  for (const auto* word : {"PASSED", "INCORRECT_SHAPE", "INCORRECT_NUMERICAL", "INCORRECT_DTYPE",
                           "RUNTIME_ERROR", "COMPILE_ERROR", "TIMEOUT"}) {
    const auto status = fihost::parse_status(word);
    REQUIRE(status);
    CHECK(fihost::name(*status) == word);
    ++count;
  }
  CHECK(count == 7);
  CHECK_FALSE(fihost::parse_status("SKIPPED"));
  CHECK_FALSE(fihost::parse_status("passed"));
}

TEST_CASE("trial: everything survives the wire") {
  const auto trial = over_the_wire(passed());
  CHECK(trial.status == Status::passed);
  REQUIRE(trial.correctness);
  CHECK(trial.correctness->max_rel_error == 0.25);
  CHECK(trial.correctness->matched_ratio == 0.999);
  CHECK(trial.correctness->strict.nonfinite_mismatches == 1);
  CHECK(trial.correctness->strict.unwritten == 2);
  CHECK(trial.correctness->strict.wrong_rows == 3);
  CHECK(trial.correctness->strict.worst_patch_ratio == 0.75);
  CHECK(trial.correctness->strict.failure == "a row");
  REQUIRE(trial.timing);
  CHECK(trial.timing->latency_ms == 1.5);
  CHECK(trial.timing->p90_ms == 2);
  CHECK(trial.timing->samples == 123);
  CHECK(trial.timing->processes_ms == std::vector<double>{1.5, 1.6});
  CHECK(trial.timing->sm_mhz == 1980);
  CHECK(trial.timing->throttle == "power");
  CHECK(trial.log == "said");
  CHECK(fihost::to_json(trial) == fihost::to_json(passed()));
}

TEST_CASE("trial: parts that are absent are null") {
  Trial trial;
  trial.log = "it crashed";
  const auto json = fihost::to_json(trial);
  CHECK(fihost::dump(json) ==
        R"({"status":"RUNTIME_ERROR","correctness":null,"timing":null,"log":"it crashed"})");
  CHECK_FALSE(over_the_wire(trial).correctness);
  CHECK_FALSE(over_the_wire(trial).timing);
}

TEST_CASE("trial: errors that are not finite travel as strings") {
  auto trial = passed();
  trial.status = Status::incorrect_numerical;
  trial.timing.reset();
  trial.correctness->max_abs_error = std::numeric_limits<double>::infinity();
  trial.correctness->max_rel_error = std::numeric_limits<double>::quiet_NaN();
  trial.correctness->matched_ratio = -std::numeric_limits<double>::infinity();
  const auto json = fihost::to_json(trial);
  CHECK(json["correctness"]["max_abs_error"] == "Infinity");
  CHECK(json["correctness"]["max_rel_error"] == "NaN");
  CHECK(json["correctness"]["matched_ratio"] == "-Infinity");
  const auto back = over_the_wire(trial);
  CHECK(back.correctness->max_abs_error == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(back.correctness->max_rel_error));
  CHECK(back.correctness->matched_ratio == -std::numeric_limits<double>::infinity());
}

TEST_CASE("trial: of two findings the worse of each is kept, and the first failure") {
  const fihost::Correctness a = *passed().correctness;
  fihost::Correctness b;
  b.max_abs_error = std::numeric_limits<double>::quiet_NaN();
  b.matched_ratio = 0.5;
  b.strict.wrong_rows = 9;
  b.strict.failure = "another";
  const auto both = fihost::worse(a, b);
  CHECK(std::isnan(both.max_abs_error));
  CHECK(both.max_rel_error == 0.25);
  CHECK(both.matched_ratio == 0.5);
  CHECK(both.strict.wrong_rows == 9);
  CHECK(both.strict.unwritten == 2);
  CHECK(both.strict.failure == "a row");
}

TEST_CASE("trial: a rule is known by its name") {
  for (const auto rule : {fihost::CorrectnessRule::strict, fihost::CorrectnessRule::compat}) {
    CHECK(fihost::parse_rule(fihost::name(rule)) == rule);
  }
  CHECK_FALSE(fihost::parse_rule("lenient"));
}

TEST_CASE("trial: a log of any bytes can be sent") {
  Trial trial;
  trial.log = "\xff\x01 bytes";
  CHECK(over_the_wire(trial).log == "\xef\xbf\xbd\x01 bytes");
}

TEST_CASE("trial: a message that is none is refused") {
  const auto refuse = [](const char* where, const Json& value) {
    auto json = fihost::to_json(passed());
    json[Json::json_pointer(where)] = value;
    CHECK_THROWS_AS(static_cast<void>(fihost::parse_trial(json)), Error);
  };
  refuse("/status", "SKIPPED");
  refuse("/status", nullptr);
  refuse("/correctness", 3);
  refuse("/correctness/max_abs_error", nullptr);
  refuse("/correctness/strict", nullptr);
  refuse("/correctness/strict/unwritten", -1);
  refuse("/correctness/strict/failure", 1);
  refuse("/timing/latency_ms", "fast");
  refuse("/timing/samples", -1);
  refuse("/timing/processes_ms", 1);
  refuse("/timing/throttle", nullptr);
  refuse("/log", nullptr);
  CHECK_THROWS_WITH_AS(static_cast<void>(fihost::parse_trial(Json::array())),
                       Contains("unknown status"), Error);
}
