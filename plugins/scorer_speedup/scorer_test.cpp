#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/plugin/registry.hpp"

namespace {

using fihost::Json;

Json workload(const char* uuid, const char* status, const Json& speedup) {
  return {{"uuid", uuid},      {"axes", Json::object()},     {"status", status},
          {"latency_ms", 1.0}, {"baseline_latency_ms", 1.0}, {"speedup", speedup}};
}

Json score(const Json& workloads) {
  const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  const auto scorer = registry.create("scorer/1", "scorer.speedup", Json::object());
  return scorer->invoke("score", {{"definition", "d"},
                                  {"candidate", "c"},
                                  {"baseline", {{"kind", "reference"}, {"name", "r"}}},
                                  {"workloads", workloads}});
}

}  // namespace

TEST_CASE("the score is the geometric mean of the speedups") {
  const Json reply = score({workload("a", "PASSED", 2), workload("b", "PASSED", 8)});
  CHECK(reply["score"].get<double>() == doctest::Approx(4));
  CHECK(reply["passed"] == true);
  CHECK(reply["reasons"].empty());
}

TEST_CASE("a copy of the baseline scores one") {
  CHECK(score({workload("a", "PASSED", 1), workload("b", "PASSED", 1)})["score"] == 1.0);
}

TEST_CASE("a thousand large speedups do not overflow") {
  Json workloads = Json::array();
  for (int i = 0; i < 1000; ++i) workloads.push_back(workload("w", "PASSED", 1e6));
  CHECK(score(workloads)["score"].get<double>() == doctest::Approx(1e6));
}

TEST_CASE("one wrong workload leaves no score and is named") {
  const Json reply =
      score({workload("a", "PASSED", 2), workload("b", "INCORRECT_NUMERICAL", nullptr)});
  CHECK(reply["score"].is_null());
  CHECK(reply["passed"] == false);
  CHECK(reply["reasons"] == Json::array({"workload b: INCORRECT_NUMERICAL"}));
}

TEST_CASE("a workload without a speedup leaves no score but still passes") {
  const Json reply = score({workload("a", "PASSED", 2), workload("b", "PASSED", nullptr)});
  CHECK(reply["score"].is_null());
  CHECK(reply["passed"] == true);
  CHECK(reply["reasons"] == Json::array({"workload b: no speedup was measured"}));
}

TEST_CASE("no workloads are no reason to pass") {
  const Json reply = score(Json::array());
  CHECK(reply["score"].is_null());
  CHECK(reply["passed"] == false);
}

TEST_CASE("an unknown op is UNSUPPORTED") {
  const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  const auto scorer = registry.create("scorer/1", "scorer.speedup", Json::object());
  CHECK_THROWS_WITH_AS(static_cast<void>(scorer->invoke("rank", Json::object())),
                       "scorer.speedup: rank failed (UNSUPPORTED): a scorer has no op 'rank'; it "
                       "has 'score'",
                       fihost::Error);
}
