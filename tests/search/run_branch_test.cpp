#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "tests/search/run_example.hpp"

using fihost::Json;
using namespace fihost::search;

namespace {

RunEvent assignment(AttemptId id, std::uint64_t iteration) {
  RunEvent event;
  event.kind = "assign";
  event.attempts = {example_attempt(id, Outcome::pending)};
  event.state = {iteration, {{"assigned", id}}};
  return event;
}

/// Three children, each assigned while its predecessor is in flight, and a late profile of the first.
RunStore example_run(const std::filesystem::path& file) {
  auto run = RunStore::create(file, example_head());
  run.record(assignment(1, 0));
  run.record(assignment(2, 0));
  auto first = example_event(1);
  first.programs[0].profile.clear();
  run.record(first);
  run.record(assignment(3, 1));
  run.record(example_event(2));
  RunEvent profile;
  profile.kind = "profile";
  profile.programs = {example_program(1)};
  run.record(profile);
  run.record(example_event(3));
  RunEvent stop;
  stop.kind = "stop";
  stop.note = "target";
  run.record(stop);
  return run;
}

}  // namespace

TEST_CASE("a branch has what the run had before there was another child") {
  const fihost::TempDir folder;
  const auto from = folder.path() / "run.sqlite", file = folder.path() / "branch/run.sqlite";
  const auto run = example_run(from);
  branch_run(from, 1, file);
  const auto branch = RunStore::open(file);
  CHECK(branch.head().branched_from == from.string() + "@1");
  CHECK(branch.head().config == run.head().config);
  CHECK(branch.state()->iteration == 1);
  CHECK(branch.state()->state == Json{{"assigned", 3}});
  CHECK(branch.program_ids() == std::vector<ProgramId>{1});
  CHECK(branch.program(1).profile.empty());
  CHECK(branch.program(1).source == run.program(1).source);
  CHECK(branch.program(1).result.workloads.size() == 2);
  CHECK(branch.measurements(1).size() == 1);
  CHECK(branch.rematches().size() == 1);
  CHECK(branch.placements().size() == 1);
  CHECK(branch.exchanges(1).size() == 2);
  CHECK(branch.exchanges(2).empty());
  CHECK(branch.end_note().empty());
  const auto pending = branch.pending();
  REQUIRE(pending.size() == 2);
  CHECK(pending[0].id == 2);
  CHECK(pending[0].source.empty());
  CHECK(pending[0].seed == run.attempt(2).seed);
  CHECK(pending[0].build_seconds == 0);
  CHECK(branch.attempt(1).outcome == Outcome::accepted);
}

TEST_CASE("a branch goes on by itself and leaves the run as it is") {
  const fihost::TempDir folder;
  const auto from = folder.path() / "run.sqlite", file = folder.path() / "branch.sqlite";
  const auto before = [&] { return exported(example_run(from)); }();
  branch_run(from, 2, file);
  auto branch = RunStore::open(file);
  branch.record(example_event(9));
  CHECK(branch.last_program() == 9);
  CHECK(branch.state()->iteration == 9);
  CHECK(exported(RunStore::view(from)) == before);
}

TEST_CASE("a branch of the start has the start") {
  const fihost::TempDir folder;
  const auto from = folder.path() / "run.sqlite", file = folder.path() / "branch.sqlite";
  (void)example_run(from);
  branch_run(from, 0, file);
  const auto branch = RunStore::view(file);
  CHECK(branch.program_ids().empty());
  CHECK(branch.pending().size() == 2);
}

TEST_CASE("a branch from where the run never was, or over a file, is refused") {
  const fihost::TempDir folder;
  const auto from = folder.path() / "run.sqlite", file = folder.path() / "branch.sqlite";
  (void)example_run(from);
  CHECK_THROWS_WITH_AS(
      branch_run(from, 4, file),
      (from.string() + ": the run never had 4 evaluated children; it has 3").c_str(),
      fihost::Error);
  CHECK_FALSE(std::filesystem::exists(file));
  branch_run(from, 3, file);
  CHECK_THROWS_WITH_AS(branch_run(from, 3, file), doctest::Contains("is there already"),
                       fihost::Error);
  CHECK_THROWS_AS(branch_run(folder.path() / "none", 3, folder.path() / "b"), fihost::Error);
}

TEST_CASE("the export says in which order things happened") {
  const fihost::TempDir folder;
  const auto lines = exported(example_run(folder.path() / "run.sqlite"));
  CHECK(lines[0]["type"] == "run");
  CHECK(lines[0]["definition"] == "scale_f32");
  std::string order;
  for (const auto& line : lines) {
    if (line["type"] == "event") order += line["kind"].get<std::string>() + " ";
    if (line["type"] == "program") order += "#" + std::to_string(line["id"].get<int>()) + " ";
  }
  CHECK(order == "assign assign result assign result #2 profile #1 result #3 stop ");
  const auto exchange = std::find_if(lines.begin(), lines.end(),
                                     [](const Json& line) { return line["type"] == "exchange"; });
  CHECK((*exchange)["request"]["messages"][0]["role"] == "user");
  CHECK((*exchange)["error"] == "");
}
