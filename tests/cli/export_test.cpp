#include <doctest/doctest.h>

#include <sstream>

#include "core/search/run_store.hpp"
#include "tests/cli/fihost_program.hpp"

namespace {

using fihost::Json;
using namespace fihost::search;

/// A run with one program, in a folder.
std::string make_run(const FihostProgram& fihost) {
  const auto folder = fihost.folder() / "run";
  auto run = RunStore::create(folder / "run.sqlite", {.definition = "scale",
                                                      .created_at = "",
                                                      .seed_path = "seed.cpp",
                                                      .config = Json::object(),
                                                      .about = Json::object(),
                                                      .branched_from = ""});
  RunEvent start;
  start.kind = "start";
  start.programs.emplace_back().id = 1;
  run.record(start);
  return folder.string();
}

std::vector<Json> parsed(const std::string& lines) {
  std::vector<Json> out;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) out.push_back(fihost::parse_json(line, "line"));
  return out;
}

}  // namespace

TEST_CASE("export prints a run as JSON lines, of its folder and of its file") {
  const FihostProgram fihost;
  const auto run = make_run(fihost);
  const auto output = fihost.run({"export", run, "--jsonl"});
  INFO(output.err);
  CHECK(output.exit.code == 0);
  const auto lines = parsed(output.out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["definition"] == "scale");
  CHECK(lines[1]["kind"] == "start");
  CHECK(lines[2]["type"] == "program");
  CHECK(fihost.run({"export", run + "/run.sqlite"}).out == output.out);
}

TEST_CASE("export writes a whole file or none") {
  const FihostProgram fihost;
  const auto run = make_run(fihost);
  const auto file = (fihost.folder() / "run.jsonl").string();
  const auto output = fihost.run({"export", run, "-o", file});
  CHECK(output.exit.code == 0);
  CHECK(output.out.empty());
  CHECK(parsed(fihost::read_text(file)).size() == 3);
  CHECK(
      fihost.run({"export", run, "-o", (fihost.folder() / "none/run.jsonl").string()}).exit.code ==
      3);
  CHECK(fihost.run({"export", run, "-o", fihost.folder().string()}).exit.code == 3);
  CHECK_FALSE(std::filesystem::exists(fihost.folder().string() + ".new"));
}

TEST_CASE("export of what is no run is a mistake of who typed it") {
  const FihostProgram fihost;
  fihost::write_text(fihost.folder() / "text", "no run, and long enough to be looked at");
  for (const auto& path : {fihost.folder() / "text", fihost.folder() / "none", fihost.folder()}) {
    const auto output = fihost.run({"export", path.string()});
    CHECK(output.exit.code == 2);
    CHECK_MESSAGE(line_count(output.err) == 1, output.err);
  }
  CHECK(fihost.run({"export"}).exit.code == 2);
}
