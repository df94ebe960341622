#include "core/model/trace.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/base/error.hpp"

using fihost::Json;
using fihost::Status;
using fihost::Trace;

namespace {

Json passed() {
  return Json::parse(R"({"definition": "d", "solution": "s",
    "workload": {"axes": {"n": 4}, "inputs": {"x": {"type": "random"}}, "uuid": "u"},
    "evaluation": {"status": "PASSED", "environment": {"hardware": "NVIDIA H200", "libs": {"cuda": "13.0"}},
      "timestamp": "2026-01-02T03:04:05.000006", "log": "",
      "correctness": {"max_relative_error": 0.5, "max_absolute_error": 0.25, "extra": null},
      "performance": {"latency_ms": 1.5, "reference_latency_ms": 3, "speedup_factor": 2}}})");
}

std::string message_with(const std::string& pointer, const Json& value) {
  auto json = passed();
  json[Json::json_pointer(pointer)] = value;
  try {
    static_cast<void>(fihost::parse_trace(json, "t.jsonl:7"));
    return {};
  } catch (const fihost::Error& e) {
    return e.what();
  }
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("trace: a line is read, and written as the format writes it") {
  const auto trace = fihost::parse_trace(passed(), "f");
  CHECK(trace.solution == "s");
  REQUIRE(trace.evaluation);
  CHECK(trace.evaluation->status == Status::passed);
  CHECK(trace.evaluation->performance->speedup_factor == 2);
  CHECK(
      fihost::dump(fihost::to_json(trace)) ==
      R"({"definition":"d","workload":{"axes":{"n":4},"inputs":{"x":{"type":"random"}},"uuid":"u"},)"
      R"("solution":"s","evaluation":{"status":"PASSED","environment":{"hardware":"NVIDIA H200",)"
      R"("libs":{"cuda":"13.0"}},"timestamp":"2026-01-02T03:04:05.000006","log":"",)"
      R"("correctness":{"max_relative_error":0.5,"max_absolute_error":0.25,"extra":null},)"
      R"("performance":{"latency_ms":1.5,"reference_latency_ms":3.0,"speedup_factor":2.0}}})");
}

TEST_CASE("trace: each status asks for its own figures") {
  CHECK(holds(message_with("/evaluation/performance", nullptr), "there must be a \"performance\""));
  CHECK(holds(message_with("/evaluation/correctness", nullptr), "there must be a \"correctness\""));
  CHECK(holds(message_with("/evaluation/status", "INCORRECT_NUMERICAL"),
              "there cannot be a \"performance\""));
  CHECK(holds(message_with("/evaluation/status", "TIMEOUT"), "2 violations"));
  CHECK(holds(message_with("/evaluation/status", "SKIPPED"), "the status \"SKIPPED\""));
  CHECK(message_with("/evaluation/performance", Json::object()).empty());
}

TEST_CASE("trace: each rule is held and the line is named") {
  CHECK(message_with("/evaluation", nullptr).empty());
  CHECK(message_with("/solution", 3).starts_with("t.jsonl:7: not a valid trace: "));
  CHECK(holds(message_with("/evaluation/log", nullptr), "\"log\""));
  CHECK(holds(message_with("/evaluation/timestamp", ""), "\"timestamp\""));
  CHECK(holds(message_with("/evaluation/environment/hardware", ""), "hardware"));
  CHECK(holds(message_with("/evaluation/environment/libs/cuda", 13), "library \"cuda\""));
  CHECK(holds(message_with("/evaluation/performance/latency_ms", -1), "latency_ms"));
  CHECK(holds(message_with("/evaluation/performance/latency_ms", nullptr), "latency_ms"));
  CHECK(holds(message_with("/evaluation/correctness/extra", 3), "extra"));
  CHECK(holds(message_with("/workload/uuid", ""), "uuid"));
}

TEST_CASE("trace: infinite and NaN errors travel as the strings of their names") {
  for (const char* word : {"Infinity", "inf", "NaN", "nan"}) {
    CHECK(message_with("/evaluation/correctness/max_absolute_error", word).empty());
  }
  const auto text =
      R"({"max_absolute_error": NaN, "max_relative_error": Infinity, "s": "NaN,-Infinity"})";
  const auto lax = fihost::parse_lax_json(text, "f");
  CHECK(lax["max_absolute_error"] == "NaN");
  CHECK(lax["max_relative_error"] == "Infinity");
  CHECK(lax["s"] == "NaN,-Infinity");
  auto trace = fihost::parse_trace(passed(), "f");
  trace.evaluation->correctness->max_absolute_error = std::nan("");
  trace.evaluation->correctness->max_relative_error = std::numeric_limits<double>::infinity();
  const auto json = fihost::to_json(trace);
  CHECK(json["evaluation"]["correctness"]["max_absolute_error"] == "NaN");
  CHECK(json["evaluation"]["correctness"]["max_relative_error"] == "Infinity");
  CHECK(std::isnan(fihost::parse_trace(json, "f").evaluation->correctness->max_absolute_error));
}

TEST_CASE("trace: a performance that could never be read back is not written") {
  auto trace = fihost::parse_trace(passed(), "f");
  trace.evaluation->performance->speedup_factor = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(static_cast<void>(fihost::to_json(trace)), fihost::Error);
}

TEST_CASE("trace: a timestamp has microseconds and no zone") {
  const auto text = fihost::trace_timestamp();
  CHECK(text.size() == 26);
  CHECK(text[10] == 'T');
  CHECK(text[19] == '.');
}
