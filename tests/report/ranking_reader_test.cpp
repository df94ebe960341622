#include "core/report/ranking_reader.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "core/base/error.hpp"
#include "core/report/ranking_json.hpp"
#include "tests/report/sample_ranking.hpp"

namespace {

using fihost::Json;

/// What is said of the sample's document once `spoil` had its way with it.
std::string complaint(const std::function<void(Json&)>& spoil) {
  auto document = fihost::to_json(sample_ranking());
  spoil(document);
  try {
    (void)fihost::parse_rankings(document, "r.json");
  } catch (const fihost::Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a ranking that was written and read says the same") {
  auto ranking = sample_ranking();
  fihost::CandidateResult refused;
  refused.name = "refused";
  refused.verdict = fihost::Status::compile_error;
  refused.refusal.emplace();
  refused.refusal->status = fihost::Status::compile_error;
  refused.refusal->log = "no ELF";
  refused.reasons = {"too slow"};
  ranking.candidates.push_back(refused);
  ranking.aa_percent = 0.25;
  ranking.seed = ~std::uint64_t{0};
  const auto written = fihost::to_json(ranking);
  // Through the text, as a file would.
  const auto read =
      fihost::parse_rankings(fihost::parse_json(fihost::dump(written), "text"), "text");
  REQUIRE(read.size() == 1);
  CHECK(fihost::to_json(read.front()) == written);
  const auto& wrong = read.front().candidates.at(2).workloads.at(1);
  CHECK(std::isinf(wrong.trial.correctness->max_abs_error));
  CHECK(std::isnan(wrong.trial.correctness->max_rel_error));
  CHECK(wrong.baseline->processes_ms.size() == 3);
  CHECK(wrong.cost->flops == 2e9);
  CHECK(read.front().candidates.at(3).refusal->log == "no ELF");
  CHECK(read.front().environment.archs == std::vector<std::string>{"sm_90a"});
}

TEST_CASE("several rankings of one document are read in their order") {
  auto other = sample_ranking();
  other.definition.clear();
  const std::vector rankings{sample_ranking(), other};
  const auto read = fihost::parse_rankings(fihost::to_json(rankings), "r.json");
  REQUIRE(read.size() == 2);
  CHECK(read[0].definition == "twice");
  CHECK(read[1].definition.empty());
}

TEST_CASE("a document without the later keys, or with keys that came after us, is read") {
  auto document = fihost::to_json(sample_ranking());
  document["to_come"] = {{"a", 1}};
  document["candidates"][0]["to_come"] = "b";
  document.erase("environment");
  document.erase("workloads");
  for (auto& candidate : document["candidates"]) {
    candidate.erase("log_score_sd");
    candidate["build"].erase("kernels");
    for (auto& w : candidate["workloads"]) {
      for (const auto* key : {"min_ms", "p10_ms", "p90_ms", "processes_ms", "speedup_ci"})
        w.erase(key);
    }
  }
  const auto ranking = fihost::parse_rankings(document, "r.json").front();
  const auto& w = ranking.candidates.front().workloads.front();
  CHECK(w.speedup() == doctest::Approx(4));
  CHECK_FALSE(w.speedup_interval());
}

TEST_CASE("what cannot be read is named with its place, what was found and what was wanted") {
  CHECK(complaint([](Json& d) { d["schema"] = "fihost.build/1"; }) ==
        "r.json: found schema \"fihost.build/1\", wanted what fihost rank --json writes: "
        "fihost.ranking/1 or fihost.rankings/1");
  CHECK(complaint([](Json& d) { d = Json::array(); }).find("a document without a schema") !=
        std::string::npos);
  CHECK(complaint([](Json& d) { d["candidates"][1]["workloads"][0]["latency_ms"] = "fast"; }) ==
        "r.json: ranking.candidates[1].workloads[0].latency_ms: wanted a number, found \"fast\"");
  CHECK(complaint([](Json& d) { d["candidates"][0]["verdict"] = "FINE"; }) ==
        "r.json: ranking.candidates[0].verdict: wanted one of FlashInfer Trace's statuses, found "
        "\"FINE\"");
  CHECK(complaint([](Json& d) { d["candidates"][0]["score_ci"] = {1.0}; }) ==
        "r.json: ranking.candidates[0].score_ci: wanted two numbers, found [1.0]");
  CHECK(complaint([](Json& d) { d.erase("seed"); }) ==
        "r.json: ranking.seed: wanted an integer of at least 0, found nothing");
  CHECK(complaint([](Json& d) { d["candidates"][0] = 3; }) ==
        "r.json: ranking.candidates[0]: wanted an object, found 3");
  CHECK(complaint([](Json& d) { d["device"] = nullptr; }) ==
        "r.json: ranking.device: wanted an object, found nothing");
  CHECK(complaint([](Json& d) { d["candidates"][0]["workloads"][0]["axes"]["seq_len"] = 1.5; }) ==
        "r.json: ranking.candidates[0].workloads[0].axes.seq_len: wanted an integer, found 1.5");
}

TEST_CASE("no member of a document can be of another kind without a message") {
  const auto document = fihost::to_json(sample_ranking());
  std::function<void(const Json::json_pointer&, const Json&)> visit =
      [&](const Json::json_pointer& at, const Json& value) {
        if (!at.empty()) {
          auto spoilt = document;
          spoilt[at] = value.is_object() ? Json(1) : Json::object();
          CAPTURE(at.to_string());
          try {
            (void)fihost::parse_rankings(spoilt, "r.json");
          } catch (const fihost::Error& e) {
            CHECK(std::string(e.what()).find("r.json: ") == 0);
          }
        }
        if (value.is_object()) {
          for (const auto& [key, inner] : value.items()) visit(at / key, inner);
        } else if (value.is_array()) {
          for (std::size_t i = 0; i < value.size(); ++i) visit(at / i, value[i]);
        }
      };
  visit(Json::json_pointer(), document);
}
