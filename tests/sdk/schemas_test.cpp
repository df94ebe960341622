// The schemas are readable by the host's own checker, complete, and kept by what is built here.
#include <doctest/doctest.h>

#include <algorithm>
#include <fihost/plugin.hpp>
#include <filesystem>
#include <vector>

#include "core/base/error.hpp"
#include "core/plugin/config_schema.hpp"
#include "core/plugin/registry.hpp"

namespace {

using fihost::ConfigSchema;
using fihost::Json;
namespace fs = std::filesystem;

/// "scorer.score" -> its schema, which describes {"request": ..., "reply": ...}.
ConfigSchema schema(const std::string& name) {
  return ConfigSchema(fihost::read_text(fs::path(FIHOST_SCHEMAS) / (name + ".json")), name);
}

const Json score_request = Json::parse(R"({
  "definition": "rmsnorm_h7168", "candidate": "warp_per_row",
  "baseline": {"kind": "reference", "name": "reference"},
  "workloads": [
    {"uuid": "a", "axes": {"batch_size": 1}, "status": "PASSED",
     "latency_ms": 0.5, "baseline_latency_ms": 1.0, "speedup": 2.0},
    {"uuid": "b", "axes": {"batch_size": 8}, "status": "TIMEOUT",
     "latency_ms": null, "baseline_latency_ms": 1.0, "speedup": null}]})");

}  // namespace

TEST_CASE("there is a schema for every op of every kind and slot, and no other") {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(FIHOST_SCHEMAS)) {
    found.push_back(entry.path().stem().string());
    CHECK_NOTHROW(static_cast<void>(schema(found.back())));
  }
  std::sort(found.begin(), found.end());
  CHECK(found == std::vector<std::string>{"executor.execute", "llm.complete", "measure.measure",
                                          "mutator.propose", "mutator.repair", "profiler.check",
                                          "profiler.profile", "scorer.score"});
}

TEST_CASE("every scorer keeps to the schema, whether the candidate passes or not") {
  const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  CHECK(registry.refusals().empty());
  Json passing = score_request;
  passing["workloads"].erase(1);
  int scorers = 0;
  for (const auto& info : registry.components()) {
    if (info.kind != "scorer/1") continue;
    CAPTURE(info.id);
    ++scorers;
    const auto scorer = registry.create(info.kind, info.id, Json::object());
    for (const Json& request : {score_request, passing}) {
      const Json reply = scorer->invoke("score", request);
      CHECK_NOTHROW(schema("scorer.score").check({{"request", request}, {"reply", reply}}));
      CHECK(reply["score"].is_null() == (request == score_request));
      CHECK(reply["passed"] == (request == passing));
    }
  }
  CHECK(scorers >= 2);
}

TEST_CASE("the scorer schema refuses what breaks it and allows new fields") {
  const ConfigSchema checked = schema("scorer.score");
  const Json reply = {{"score", nullptr}, {"passed", false}, {"reasons", Json::array()}};
  CHECK_NOTHROW(checked.check({{"request", score_request}, {"reply", reply}}));
  Json newer = score_request;
  newer["workloads"][0]["weight"] = 3;
  CHECK_NOTHROW(checked.check({{"request", newer}, {"reply", reply}}));
  Json wrong = score_request;
  wrong["workloads"][1]["status"] = "FAILED";
  CHECK_THROWS_AS(checked.check({{"request", wrong}, {"reply", reply}}), fihost::Error);
  Json text = reply;
  text["score"] = "2.0";
  CHECK_THROWS_AS(checked.check({{"request", score_request}, {"reply", text}}), fihost::Error);
}

TEST_CASE("a scorer that sees a request gets every field of it") {
  const auto request = fihost::sdk::detail::parse_score_request(score_request);
  CHECK(request.definition == "rmsnorm_h7168");
  CHECK(request.candidate == "warp_per_row");
  CHECK(request.baseline_kind == "reference");
  CHECK(request.baseline_name == "reference");
  REQUIRE(request.workloads.size() == 2);
  CHECK(request.workloads[0].uuid == "a");
  CHECK(request.workloads[0].axes["batch_size"] == 1);
  CHECK(request.workloads[0].latency_ms == 0.5);
  CHECK(request.workloads[0].baseline_latency_ms == 1.0);
  CHECK(request.workloads[0].speedup == 2.0);
  CHECK_FALSE(request.workloads[1].speedup.has_value());
  CHECK_FALSE(request.workloads[1].passed());
}
