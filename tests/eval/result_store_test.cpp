#include "core/eval/result_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"

using fihost::Json;
using fihost::ResultStore;
using fihost::RunIdentity;
using fihost::StoredResult;

namespace {

const RunIdentity run{.family = "f", .key = "k", .seed = 0xffff'ffff'ffff'ffffull};

StoredResult result() {
  fihost::Trial trial;
  trial.status = fihost::Status::passed;
  trial.correctness.emplace();
  trial.timing.emplace();
  trial.timing->latency_ms = 0.1;
  trial.timing->processes_ms = {0.1, 0.2};
  StoredResult out;
  out.candidate = "gen_1";
  out.seconds = 2.5;
  out.trials = {trial};
  out.baseline = {*trial.timing};
  return out;
}

}  // namespace

TEST_CASE("a result comes back as it was, to another process's connection, too") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "deep/results.sqlite";
  ResultStore writer(file), reader(file);
  CHECK(writer.put(run, "object", result()).empty());
  const auto found = reader.find(run, "object");
  REQUIRE(found);
  CHECK(found->candidate == "gen_1");
  CHECK(found->seconds == 2.5);
  CHECK(found->measured_at.size() == 20);
  REQUIRE(found->trials.size() == 1);
  CHECK(fihost::to_json(found->trials[0]) == fihost::to_json(result().trials[0]));
  CHECK(found->baseline[0].processes_ms == std::vector<double>{0.1, 0.2});
  CHECK_FALSE(reader.find(run, "other"));
  CHECK_FALSE(reader.find({.family = "f", .key = "k2", .seed = 1}, "object"));
}

TEST_CASE("the newest run of a family gives the seed, all 64 bits of it") {
  const fihost::TempDir folder;
  ResultStore store(folder.path() / "s");
  CHECK_FALSE(store.last_seed("f"));
  store.begin_run({.family = "f", .key = "old", .seed = 3}, {{"timer", "t"}});
  store.begin_run(run, {{"timer", "u"}});
  store.begin_run({.family = "g", .key = "other", .seed = 4}, Json::object());
  CHECK(store.last_seed("f") == run.seed);
  CHECK((*store.about(run))["timer"] == "u");
}

TEST_CASE("info counts and clear empties") {
  const fihost::TempDir folder;
  ResultStore store(folder.path() / "s");
  store.begin_run(run, Json::object());
  CHECK(store.put(run, "a", result()).empty());
  CHECK(store.put(run, "b", result()).empty());
  CHECK(store.put(run, "b", result()).empty());
  CHECK(store.info().results == 2);
  CHECK(store.info().runs == 1);
  CHECK(store.info().bytes > 0);
  store.clear();
  CHECK(store.info().results == 0);
  CHECK_FALSE(store.find(run, "a"));
}

TEST_CASE("a file that is no database, and a folder that cannot be made, are told by name") {
  const fihost::TempDir folder;
  fihost::write_text(folder.path() / "s", std::string(4096, 'x'));
  CHECK_THROWS_WITH_AS(ResultStore(folder.path() / "s"), doctest::Contains("fihost cache clear"),
                       fihost::Error);
  CHECK_THROWS_AS(ResultStore(folder.path() / "s/below"), fihost::Error);
}

TEST_CASE("a store that has become unusable costs the result, not the run") {
  const fihost::TempDir folder;
  ResultStore store(folder.path() / "s");
  SQLite::Database other((folder.path() / "s").string(), SQLite::OPEN_READWRITE);
  other.exec("DROP TABLE results");
  CHECK(store.put(run, "a", result()).find("no such table") != std::string::npos);
}
