#include "core/report/run_document.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "core/report/run_html.hpp"
#include "core/report/run_reader.hpp"
#include "core/report/run_standing.hpp"
#include "core/report/run_summary.hpp"
#include "tests/report/sample_run.hpp"

namespace {

fihost::RunRecord record(const fihost::TextBounds& bounds = {}) {
  const fihost::TempDir folder;
  sample::write_run(folder.path() / "run.sqlite");
  return read_run(fihost::search::RunStore::view(folder.path() / "run.sqlite"), bounds);
}

}  // namespace

TEST_CASE("a run's standing names its champions and what each step was worth") {
  const auto s = standing_of(record());
  CHECK(s.seed == 1);
  CHECK(s.best == 4);
  REQUIRE(s.champions.size() == 3);
  CHECK(s.champions[0].program == 1);
  CHECK(s.champions[1].program == 2);
  REQUIRE(s.champions[2].gain);
  CHECK(s.champions[2].gain->value == 1.26);
  CHECK(s.champions[2].gain->rematch);
  CHECK(s.champions[2].over_seed->value == doctest::Approx(1.5));
  // Nothing timed the best against the seed in turns.
  REQUIRE(s.over_seed);
  CHECK_FALSE(s.over_seed->rematch);
  CHECK(s.over_seed->value == doctest::Approx(1.5));
  REQUIRE(s.over_seed->interval);
  CHECK(s.over_seed->interval->low < 1.5);
  CHECK(s.over_seed->interval->low > 1.48);
  CHECK(s.proposals == 5);
  CHECK(s.evaluated == 3);
  CHECK(s.improvements == 2);
  CHECK(s.outcomes.at(fihost::search::Outcome::build_failed) == 2);
}

TEST_CASE("a mutator is credited with the confirmed steps that it made and the time it took") {
  const auto s = standing_of(record());
  REQUIRE(s.mutators.size() == 2);
  CHECK(s.mutators[0].mutator == "mutator.llm_diff");
  CHECK(s.mutators[0].proposed == 4);
  CHECK(s.mutators[0].evaluated == 2);
  CHECK(s.mutators[0].accepted == 1);
  CHECK(s.mutators[0].gain == doctest::Approx(1.21));
  CHECK(s.mutators[0].seconds == doctest::Approx(60));
  CHECK(s.mutators[1].gain == doctest::Approx(1.26));
  CHECK(s.models.exchanges == 2);
  CHECK(s.models.input_tokens == 2000);
  CHECK(s.models.usd == 1.0);
}

TEST_CASE("programs that were not tried on the same workloads have no ratio") {
  auto fast = sample::program(2, 1, 2).result;
  const auto slow = sample::program(1, 0, 1).result;
  REQUIRE(fihost::speed_ratio(fast, slow));
  CHECK(fihost::speed_ratio(fast, slow)->value == doctest::Approx(2));
  fast.workloads[1].trial.timing->low_ms = fast.workloads[1].trial.timing->latency_ms;
  fast.workloads[1].trial.timing->high_ms = fast.workloads[1].trial.timing->latency_ms;
  CHECK_FALSE(fihost::speed_ratio(fast, slow)->interval);
  fast.workloads[1].trial.timing.reset();
  CHECK_FALSE(fihost::speed_ratio(fast, slow));
  fast.workloads.pop_back();
  CHECK_FALSE(fihost::speed_ratio(fast, slow));
}

TEST_CASE("the document holds what the page shows") {
  const auto document = run_document(record());
  CHECK(document["schema"] == "fihost.run/1");
  CHECK(document["end_note"] == "5 of 5 iterations");
  CHECK(document["standing"]["best"] == 4);
  CHECK(document["workloads"].size() == 2);
  CHECK(document["workloads"][1]["axes"]["seq_len"] == 512);
  REQUIRE(document["programs"].size() == 4);
  CHECK(document["programs"][3]["parents"][0] == 2);
  CHECK(document["programs"][3]["workloads"][0]["speedup"].get<double>() == doctest::Approx(3.75));
  REQUIRE(document["attempts"].size() == 5);
  CHECK(document["attempts"][2]["source"] == "broken");
  CHECK(document["attempts"][2]["outcome"] == "build_failed");
  REQUIRE(document["islands"].size() == 2);
  CHECK(document["islands"][0]["cells"][0]["program"] == 1);
  // The later owner of the cell, and the other cell.
  CHECK(document["islands"][1]["cells"].size() == 2);
  CHECK(document["islands"][1]["cells"][1]["program"] == 2);
  const auto& first = document["attempts"][0]["exchanges"][0];
  const auto& second = document["attempts"][1]["exchanges"][0];
  CHECK(first["messages"][0]["text"] == second["messages"][0]["text"]);
  CHECK(first["messages"][1]["text"] != second["messages"][1]["text"]);
  CHECK(document["texts"].size() == 4);
  CHECK(document["texts"][first["reply"].get<std::size_t>()] == "Done.");
}

TEST_CASE("a document of another kind is no run") {
  CHECK_THROWS_WITH_AS(fihost::check_run_document({{"schema", "fihost.ranking/1"}}, "a.json"),
                       doctest::Contains("a.json: wanted a document of schema fihost.run/1"),
                       fihost::Error);
  CHECK_THROWS_AS((void)fihost::run_html(fihost::Json::array()), fihost::Error);
}

TEST_CASE("texts beyond the bounds are cut and say so, and the champions' go first") {
  fihost::TextBudget budget({.each = 200, .total = 450});
  const auto cut = budget.take("begin" + std::string(1000, 'a') + "end");
  CHECK(cut.size() < 300);
  CHECK(cut.find("begin") == 0);
  CHECK(cut.find("[808 bytes are left out") != std::string::npos);
  CHECK(cut.substr(cut.size() - 3) == "end");
  CHECK(budget.take(std::string(190, 'b')) == std::string(190, 'b'));
  CHECK(budget.take(std::string(190, 'c')).find("[190 bytes are left out") == 0);
  CHECK(budget.take("short") == "short");

  const auto run = record({.each = 1000, .total = 1900});
  CHECK(run.program(1)->source.size() > 500);
  CHECK(run.program(2)->source.size() > 500);
  CHECK(run.program(4)->source.size() > 500);
  CHECK(run.program(3)->source.find("left out of this report") != std::string::npos);
}

TEST_CASE("a text is cut between characters") {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "\xe2\x82\xac";
  for (std::size_t each = 90; each < 96; ++each) {
    fihost::TextBudget budget({.each = each, .total = 10'000});
    const auto cut = budget.take(text);
    CHECK(fihost::dump(cut).find("\\ufffd") == std::string::npos);
    CHECK(fihost::dump(cut).find("\xef\xbf\xbd") == std::string::npos);
  }
}

TEST_CASE("the summary of a run says who won, by how much, and why the others lost") {
  const auto text = run_summary(record(), {});
  CAPTURE(text);
  for (const char* part :
       {"scale_f32 on Test CPU", "5 proposals, 3 evaluated, 2 improvements; 5 of 5 iterations",
        "best gen_3", "1.50x [1.4", "each timed alone", "seq_len=512", "1.26x [1.25x, 1.27x]",
        "2  build_failed", "2 x gen.cpp:1: error: expected ';'", "mutator.params",
        "2 questions, 0 failed, 2.00 k tokens in, 400 out, 1.00 USD"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("the ancestry of a program ends at the seed") {
  CHECK(ancestry(record(), 4) == std::vector<fihost::search::ProgramId>{4, 2, 1});
  CHECK(ancestry(record(), 99).empty());
}
