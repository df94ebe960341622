#include <doctest/doctest.h>

#include <functional>

#include "core/report/ranking_json.hpp"
#include "tests/cli/fihost_program.hpp"
#include "tests/report/sample_ranking.hpp"
#include "tests/report/sample_run.hpp"

namespace {

using fihost::Json;

std::string store(const FihostProgram& fihost, const std::string& file,
                  const fihost::Ranking& ranking) {
  const auto path = (fihost.folder() / file).string();
  fihost::write_text(path, fihost::dump(fihost::to_json(ranking)));
  return path;
}

/// What `fihost compare` says of the sample and of what `alter` makes of it.
fihost::Output compared(const std::function<void(fihost::Ranking&)>& alter,
                        const std::vector<std::string>& options = {}) {
  const FihostProgram fihost;
  auto after = sample_ranking();
  alter(after);
  std::vector<std::string> arguments = {"compare", store(fihost, "a.json", sample_ranking()),
                                        store(fihost, "b.json", after)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return fihost.run(arguments);
}

void slow_down(fihost::Ranking& ranking) {
  for (auto& candidate : ranking.candidates) {
    if (!candidate.score) continue;
    candidate.score = *candidate.score * 0.95;
    candidate.score_ci = {*candidate.score * 0.99, *candidate.score * 1.01};
  }
}

}  // namespace

TEST_CASE("a stored ranking becomes a page, a table and Markdown in one go") {
  const FihostProgram fihost;
  const auto stored = store(fihost, "r.json", sample_ranking());
  const auto page = (fihost.folder() / "new" / "r.html").string();
  const auto table = (fihost.folder() / "r.csv").string();
  const auto output = fihost.run(
      {"report", "page", stored, stored, "--html", page, "--csv", table, "--markdown", "-"});
  INFO(output.err);
  CHECK(output.exit.code == 0);
  CHECK(output.out.rfind("### `twice`\n", 0) == 0);
  CHECK(fihost::read_text(page).rfind("<!DOCTYPE html>", 0) == 0);
  CHECK(line_count(fihost::read_text(table)) > 12);  // both rankings
}

TEST_CASE("rank writes reports beside its leaderboard, or instead of it to stdout") {
  const FihostProgram fihost;
  fihost::write_text(fihost.folder() / "text.so", "no ELF");
  const auto so = (fihost.folder() / "text.so").string();
  const auto page = (fihost.folder() / "r.html").string();
  const auto both = fihost.run({"rank", so, "--device", "cpu", "--html", page});
  CHECK(both.exit.code == 1);
  CHECK(both.out.find("COMPILE_ERROR") != std::string::npos);
  CHECK(fihost::read_text(page).find("COMPILE_ERROR") != std::string::npos);
  const auto alone = fihost.run({"rank", so, "--device", "cpu", "--csv", "-"});
  CHECK(alone.out.rfind("definition,", 0) == 0);
}

TEST_CASE("stdout carries one document at most") {
  const FihostProgram fihost;
  const auto stored = store(fihost, "r.json", sample_ranking());
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"rank", "x.cpp", "--json", "--csv", "-"},
           {"report", "page", stored, "--csv", "-", "--markdown", "-"}}) {
    const auto output = fihost.run(arguments);
    CHECK(output.exit.code == 2);
    CHECK(output.out.empty());
    CHECK(output.err.find("both want the standard output") != std::string::npos);
  }
}

TEST_CASE("a report that cannot be made or written is told in one line") {
  const FihostProgram fihost;
  const auto stored = store(fihost, "r.json", sample_ranking());
  CHECK(fihost.run({"report", "page", stored}).exit.code == 2);
  CHECK(fihost.run({"report", stored, "--csv", "-"}).exit.code == 2);
  const auto nowhere = fihost.run({"report", "page", stored, "--html", "/proc/no/such/r.html"});
  CHECK(nowhere.exit.code == 3);
  CHECK(line_count(nowhere.err) == 1);
  fihost::write_text(fihost.folder() / "other.json", R"({"schema": "fihost.build/1"})");
  const auto other = fihost.run({"report", "page", fihost.folder() / "other.json", "--csv", "-"});
  CHECK(other.exit.code == 3);
  CHECK(other.err.find("found schema \"fihost.build/1\"") != std::string::npos);
}

TEST_CASE("compare tells by its exit code whether something got worse") {
  const auto equal = compared([](fihost::Ranking&) {});
  CHECK(equal.exit.code == 0);
  CHECK(equal.out.find("3 same") != std::string::npos);
  const auto slower = compared(slow_down);
  CHECK(slower.exit.code == 1);
  CHECK(slower.out.find("-5.00 %") != std::string::npos);
  CHECK(compared(slow_down, {"--threshold", "6"}).exit.code == 0);
  const auto gone = compared([](fihost::Ranking& r) { r.candidates.resize(1); });
  CHECK(gone.exit.code == 0);
  const auto fails = compared([](fihost::Ranking& r) {
    r.candidates[0].verdict = fihost::Status::timeout;
    r.candidates[0].workloads[0].trial.status = fihost::Status::timeout;
  });
  CHECK(fails.exit.code == 1);
}

TEST_CASE("compare refuses times of two devices and says which") {
  const auto output = compared([](fihost::Ranking& r) { r.device.name = "GPU Z"; });
  CHECK(output.exit.code == 3);
  CHECK(output.out.empty());
  CHECK(output.err.find("found GPU X (sm_90) before and GPU Z (sm_90) after") != std::string::npos);
}

TEST_CASE("compare gives one JSON document, and lists workloads when asked") {
  const auto json = fihost::parse_json(compared(slow_down, {"--json"}).out, "stdout");
  CHECK(json["schema"] == "fihost.comparison/1");
  CHECK(json["comparisons"][0]["worse"] == true);
  const auto verbose = compared(
      [](fihost::Ranking& r) {
        auto& timing = *r.candidates[0].workloads[1].trial.timing;
        for (auto* ms : {&timing.latency_ms, &timing.low_ms, &timing.high_ms}) *ms *= 2;
      },
      {"--verbose"});
  CHECK(verbose.out.find("22222222 seq_len=64") != std::string::npos);
}

TEST_CASE("compare wants two rankings and a sensible threshold") {
  const FihostProgram fihost;
  const auto stored = store(fihost, "r.json", sample_ranking());
  CHECK(fihost.run({"compare", stored}).exit.code == 2);
  CHECK(fihost.run({"compare", stored, stored, "--threshold", "-1"}).exit.code == 2);
  CHECK(fihost.run({"compare", stored, fihost.folder() / "none.json"}).exit.code == 3);
}

TEST_CASE(
    "a run is summed up, written as a document and drawn as a page, and the page needs no run") {
  const FihostProgram fihost;
  const auto run = (fihost.folder() / "run").string();
  std::filesystem::create_directories(run);
  sample::write_run(run + "/run.sqlite");
  const auto summary = fihost.run({"report", run});
  INFO(summary.err);
  CHECK(summary.exit.code == 0);
  CHECK(summary.out.find("best gen_3") != std::string::npos);
  CHECK(fihost.run({"report", run + "/run.sqlite"}).out == summary.out);

  const auto document = fihost.run({"report", run, "--json"});
  CHECK(document.exit.code == 0);
  CHECK(Json::parse(document.out)["standing"]["best"] == 4);
  fihost::write_text(fihost.folder() / "run.json", document.out);
  const auto page = (fihost.folder() / "run.html").string();
  CHECK(fihost.run({"report", run, "-o", page}).exit.code == 0);
  std::filesystem::remove_all(run);
  const auto again = fihost.run({"report", (fihost.folder() / "run.json").string(), "-o", "-"});
  CHECK(again.exit.code == 0);
  CHECK(again.out == fihost::read_text(page));
  CHECK(again.out.find("Content-Security-Policy") != std::string::npos);
}

TEST_CASE("what is no run, or asks for a document and a page at once, is refused with a reason") {
  const FihostProgram fihost;
  const auto run = (fihost.folder() / "run").string();
  std::filesystem::create_directories(run);
  const auto empty = fihost.run({"report", run});
  CHECK(empty.exit.code == 2);
  CHECK(empty.err.find("found no run of fihost evolve") != std::string::npos);
  sample::write_run(run + "/run.sqlite");
  CHECK(fihost.run({"report", run, "--json", "-o", "a.html"}).exit.code == 2);
  CHECK(fihost.run({"report", "summary", run, "-o", "a.html"}).exit.code == 2);
  const auto file = (fihost.folder() / "later.json").string();
  fihost::write_text(file, "{\"schema\": \"fihost.run/2\"}");
  const auto later = fihost.run({"report", file});
  CHECK(later.exit.code == 3);
  CHECK(later.err.find("fihost.run/2") != std::string::npos);
}
