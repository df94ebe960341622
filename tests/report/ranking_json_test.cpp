#include "core/report/ranking_json.hpp"

#include <doctest/doctest.h>

#include "tests/report/sample_ranking.hpp"

namespace {

using fihost::Json;

std::string keys(const Json& object) {
  std::string text;
  for (const auto& [key, value] : object.items()) text += key + " ";
  return text;
}

}  // namespace

TEST_CASE("the document has the shape that scripts rely on") {
  const auto json = fihost::to_json(sample_ranking());
  CHECK(
      keys(json) ==
      "schema definition device timer flush rule null_call_ms seed scorer workload_count baseline "
      "noise candidates ");
  CHECK(json["schema"] == "fihost.ranking/1");
  CHECK(json["definition"] == "twice");
  CHECK(keys(json["device"]) == "type name arch driver ");
  CHECK(json["baseline"] == Json({{"kind", "reference"}, {"name", "plain"}}));
  CHECK(json["noise"]["aa_percent"].is_null());
  CHECK(json["seed"] == 7);
  CHECK(json["workload_count"] == 2);
  const auto& candidate = json["candidates"].at(0);
  CHECK(keys(candidate) ==
        "rank name path verdict score score_ci tied_with build wall_seconds workloads ");
  CHECK(candidate["rank"] == 1);
  CHECK(candidate["tied_with"] == Json::array({"swift"}));
  CHECK(candidate["score_ci"].size() == 2);
  CHECK(candidate["build"] == Json({{"seconds", 1.25}, {"cached", false}}));
  CHECK(keys(candidate["workloads"].at(0)) ==
        "uuid axes status latency_ms latency_ci_ms samples baseline_latency_ms speedup "
        "roofline_fraction max_abs_error max_rel_error matched_ratio strict sm_mhz throttle log ");
}

TEST_CASE("a passed workload carries its numbers") {
  const auto w = fihost::to_json(sample_ranking())["candidates"][0]["workloads"][0];
  CHECK(w["axes"] == Json({{"seq_len", 1}}));
  CHECK(w["status"] == "PASSED");
  CHECK(w["latency_ms"] == 0.005);
  CHECK(w["samples"] == 100);
  CHECK(w["baseline_latency_ms"] == 0.02);
  CHECK(w["speedup"].get<double>() == doctest::Approx(4));
  CHECK(w["roofline_fraction"].get<double>() == doctest::Approx(0.8));
  CHECK(w["max_abs_error"] == 0.5);
}

TEST_CASE("what was not measured is null, and errors that are not finite are words") {
  const auto candidate = fihost::to_json(sample_ranking())["candidates"][2];
  CHECK(candidate["score"].is_null());
  CHECK(candidate["score_ci"].is_null());
  CHECK(candidate["verdict"] == "INCORRECT_NUMERICAL");
  const auto& w = candidate["workloads"][1];
  CHECK(w["latency_ms"].is_null());
  CHECK(w["latency_ci_ms"].is_null());
  CHECK(w["speedup"].is_null());
  CHECK(w["max_abs_error"] == "Infinity");
  CHECK(w["max_rel_error"] == "NaN");
  CHECK(w["log"] == "\n3 of 8 elements are off\nmore");
}

TEST_CASE("several definitions are one document") {
  CHECK(fihost::to_json(std::vector{sample_ranking()})["schema"] == "fihost.ranking/1");
  const auto json = fihost::to_json(std::vector{sample_ranking(), sample_ranking()});
  CHECK(json["schema"] == "fihost.rankings/1");
  CHECK(json["rankings"].size() == 2);
  CHECK(json["rankings"][1]["schema"] == "fihost.ranking/1");
}
