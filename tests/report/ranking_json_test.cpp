#include "core/report/ranking_json.hpp"

#include <doctest/doctest.h>

#include <cmath>

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
  CHECK(keys(json) ==
        "schema definition device environment timer flush rule null_call_ms seed scorer "
        "workload_count baseline noise workloads candidates ");
  CHECK(json["schema"] == "fihost.ranking/1");
  CHECK(json["definition"] == "twice");
  CHECK(keys(json["device"]) ==
        "type name arch driver memory_bytes l2_bytes bandwidth_bytes_s fp8_flops_s ");
  CHECK(keys(json["environment"]) == "fihost commit time cpu cxx nvcc archs ");
  CHECK(keys(json["workloads"].at(0)) == "uuid axes bytes flops floor_ms baseline ");
  CHECK(json["baseline"] == Json({{"kind", "reference"}, {"name", "plain"}}));
  CHECK(json["noise"]["aa_percent"].is_null());
  CHECK(json["seed"] == 7);
  CHECK(json["workload_count"] == 2);
  const auto& candidate = json["candidates"].at(0);
  CHECK(keys(candidate) ==
        "rank name path verdict score score_ci log_score_sd tied_with build wall_seconds "
        "measured_at workloads ");
  CHECK(candidate["rank"] == 1);
  CHECK(candidate["tied_with"] == Json::array({"swift"}));
  CHECK(candidate["score_ci"].size() == 2);
  CHECK(keys(candidate["build"]) == "seconds cached kernels ");
  CHECK(candidate["build"]["kernels"][0]["registers"] == 32);
  CHECK(
      keys(candidate["workloads"].at(0)) ==
      "uuid axes status latency_ms latency_ci_ms samples min_ms p10_ms p90_ms processes_ms sm_mhz "
      "throttle baseline_latency_ms speedup speedup_ci roofline_fraction max_abs_error "
      "max_rel_error matched_ratio strict log ");
}

TEST_CASE("a passed workload carries its numbers") {
  const auto w = fihost::to_json(sample_ranking())["candidates"][0]["workloads"][0];
  CHECK(w["axes"] == Json({{"seq_len", 1}}));
  CHECK(w["status"] == "PASSED");
  CHECK(w["latency_ms"] == 0.005);
  CHECK(w["samples"] == 100);
  CHECK(w["baseline_latency_ms"] == 0.02);
  CHECK(w["speedup"].get<double>() == doctest::Approx(4));
  // 1 % of each of two latencies is 1.41 % of their quotient.
  CHECK(w["speedup_ci"][1].get<double>() == doctest::Approx(4 * std::exp(0.01 * std::sqrt(2.0))));
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
