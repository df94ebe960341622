#include "core/search/run_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "tests/search/run_example.hpp"

using fihost::Error;
using fihost::Json;
using namespace fihost::search;

namespace {

std::string what_of(const std::function<void()>& act, fihost::Fault fault) {
  try {
    act();
  } catch (const Error& e) {
    CHECK(e.fault() == fault);
    return e.what();
  }
  return "nothing was thrown";
}

/// The lines of `type` in the export of a run with this one event.
Json only(const RunEvent& event, const std::string& type) {
  const fihost::TempDir folder;
  auto run = RunStore::create(folder.path() / "r", example_head());
  run.record(event);
  Json found = Json::array();
  for (const auto& line : exported(run)) {
    if (line["type"] == type) found.push_back(line);
  }
  return found;
}

}  // namespace

TEST_CASE("everything that an event brings is found again, exactly") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "deep/run.sqlite";
  auto before = example_event(1);
  RunStore::create(file, example_head()).record(before);
  const auto run = RunStore::view(file);

  CHECK(run.head().definition == "scale_f32");
  CHECK(run.head().about == example_head().about);
  CHECK(run.head().config == example_head().config);
  CHECK(run.state()->iteration == 1);
  CHECK(run.state()->state == before.state->state);
  CHECK(run.last_attempt() == 1);
  CHECK(run.last_program() == 1);
  CHECK(run.program_ids() == std::vector<ProgramId>{1});

  // What comes back and is recorded again gives the same export as the first.
  RunEvent after;
  run.history([&](const PastEvent& past) { after = past.event; });
  CHECK(after.programs[0].source == before.programs[0].source);
  CHECK(after.programs[0].result.workloads[1].trial.log ==
        before.programs[0].result.workloads[1].trial.log);
  CHECK(after.programs[0].result.workloads[1].trial.correctness->max_rel_error ==
        std::numeric_limits<double>::infinity());
  CHECK(after.programs[0].result.workloads[0].trial.timing->latency_ms == 1.0 / 3);
  CHECK(after.attempts[0].seed == 0xffff'ffff'ffff'fff1ull);
  CHECK(after.exchanges[1].reply.is_null());
  CHECK(after.exchanges[0].id == 1);
  for (auto& exchange : after.exchanges) exchange.id = 0;
  for (const char* type : {"event", "attempt", "program", "exchange", "rematch", "profile",
                           "measurement", "placement"}) {
    auto left = only(before, type), right = only(after, type);
    REQUIRE_MESSAGE(!left.empty(), type);
    for (auto* lines : {&left, &right}) {
      for (auto& line : *lines) line.erase("at");
    }
    CHECK_MESSAGE(left == right, type);
  }
}

TEST_CASE("no field of a program or an attempt has its default in the example that is compared") {
  RunEvent empty;
  empty.programs = {Program{}};
  empty.attempts = {Attempt{}};
  empty.rematches = {Rematch{}};
  const auto full = example_event(2);
  for (const char* type : {"program", "attempt", "rematch"}) {
    const auto left = only(empty, type)[0], right = only(full, type)[0];
    for (const auto& [key, value] : right.items()) {
      if (key != "type") CHECK_MESSAGE(left[key] != value, type, " ", key);
    }
  }
}

TEST_CASE("what is recorded again replaces what was there") {
  const fihost::TempDir folder;
  auto run = RunStore::create(folder.path() / "r", example_head());
  RunEvent assigned;
  assigned.kind = "assign";
  assigned.attempts = {example_attempt(1, Outcome::pending)};
  run.record(assigned);
  REQUIRE(run.pending().size() == 1);
  CHECK(run.pending()[0].parents == std::vector<ProgramId>{1, 2});
  run.record(example_event(1));
  CHECK(run.pending().empty());
  auto program = example_program(1);
  program.result.workloads.pop_back();
  program.profile = "other";
  RunEvent profile;
  profile.programs = {program};
  run.record(profile);
  CHECK(run.program(1).profile == "other");
  CHECK(run.program(1).result.workloads.size() == 1);
  CHECK(run.measurements(1).size() == 1);
  CHECK(run.measurements(1)[0].quick);
  CHECK(run.attempts().size() == 1);
  CHECK(run.attempts()[0].source.empty());
  CHECK(run.attempt(1).source == "// rejected 1\n");
  CHECK(run.exchanges(1).size() == 2);
  CHECK(run.profiles(1).size() == 1);
}

TEST_CASE("digests of programs and of rejected attempts are known") {
  const fihost::TempDir folder;
  auto run = RunStore::create(folder.path() / "r", example_head());
  run.record(example_event(1));
  const auto known = run.known_digests();
  REQUIRE(known.size() == 3);
  CHECK(known[0].digest == "attempt-1");
  CHECK(known[1].digest == "code-1");
  CHECK(known[2].digest == "source-1");
  for (const auto& one : known) {
    CHECK(one.attempt == 1);
    CHECK(one.program == 1);
    CHECK(one.outcome == Outcome::accepted);
  }
}

TEST_CASE("a run tells why it stopped until it goes on") {
  const fihost::TempDir folder;
  auto run = RunStore::create(folder.path() / "r", example_head());
  CHECK(run.end_note().empty());
  RunEvent stop;
  stop.kind = "stop";
  stop.note = "patience";
  run.record(stop);
  CHECK(run.end_note() == "patience");
  run.record(example_event(1));
  CHECK(run.end_note().empty());
}

TEST_CASE("a run that is there already is not made again, and one that is not there is told") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "run.sqlite";
  CHECK(what_of([&] { (void)RunStore::open(file); }, fihost::Fault::usage) ==
        file.string() + ": there is no run");
  CHECK_THROWS_AS((void)run_file(folder.path()), Error);
  (void)RunStore::create(file, example_head());
  CHECK(run_file(folder.path()) == file);
  CHECK(run_file(file) == file);
  CHECK(what_of([&] { (void)RunStore::create(file, example_head()); }, fihost::Fault::usage)
            .find("is there already") != std::string::npos);
}

TEST_CASE("a file that is no run, or of another layout, is refused") {
  const fihost::TempDir folder;
  const auto text = folder.path() / "text", other = folder.path() / "other",
             later = folder.path() / "later";
  fihost::write_text(text, std::string(5000, 'x'));
  SQLite::Database(other.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE t(x)");
  (void)RunStore::create(later, example_head());
  SQLite::Database(later.string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version=99");
  for (const auto& file : {text, other}) {
    for (const auto& open : {&RunStore::open, &RunStore::view}) {
      CHECK(what_of([&] { (void)open(file); }, fihost::Fault::usage) ==
            file.string() + ": is no run of fihost evolve");
    }
  }
  CHECK(what_of([&] { (void)RunStore::view(later); }, fihost::Fault::usage)
            .find("(layout 99, this one knows 1)") != std::string::npos);
}

TEST_CASE("a run is read while it is written, and each reader sees one moment of it") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "run.sqlite";
  auto run = RunStore::create(file, example_head());
  run.record(example_event(1));
  const auto view = RunStore::view(file);
  std::size_t events = 0;
  view.history([&](const PastEvent&) {
    ++events;
    run.record(example_event(2));
  });
  CHECK(events == 1);
  CHECK(view.last_program() == 2);
}

TEST_CASE("a run that is not being written is one plain file, also after it was read meanwhile") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "run.sqlite";
  RunStore::create(file, example_head()).record(example_event(1));
  const auto is_wal = [&] { return fihost::read_text(file)[18] == 2; };
  CHECK_FALSE(is_wal());
  {
    auto run = RunStore::open(file);
    run.record(example_event(2));
    CHECK(is_wal());
    CHECK(RunStore::view(file).last_program() == 2);
  }
  CHECK_FALSE(is_wal());
  CHECK_FALSE(std::filesystem::exists(file.string() + "-wal"));
  CHECK(RunStore::view(file).last_program() == 2);
}

TEST_CASE("the views have the columns that docs/run-file.md names") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "run.sqlite";
  (void)RunStore::create(file, example_head());
  SQLite::Database database(file.string(), SQLite::OPEN_READONLY);
  const auto page = fihost::read_text(RUN_FILE_PAGE);
  for (const char* view : {"exchange_log", "lineage", "score_history"}) {
    const auto begin = page.find(fmt::format("| `{}` |", view));
    REQUIRE(begin != std::string::npos);
    const auto row = page.substr(begin, page.find('\n', begin) - begin);
    SQLite::Statement query(database, fmt::format("SELECT * FROM {}", view));
    for (int i = 0; i < query.getColumnCount(); ++i) {
      const std::string column = query.getColumnName(i);
      CHECK_MESSAGE(row.find("`" + column + "`") != std::string::npos, view, " ", column);
    }
  }
}

TEST_CASE("the views for people hold what their names say") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "run.sqlite";
  auto run = RunStore::create(file, example_head());
  auto seed = example_event(1);
  seed.attempts.clear();
  seed.programs[0].attempt = 0;
  run.record(seed);
  run.record(example_event(2));
  SQLite::Database database(file.string(), SQLite::OPEN_READONLY);
  SQLite::Statement log(database,
                        "SELECT id, attempt, slot, op, json_extract(request, '$.messages'), reply, "
                        "error FROM exchange_log WHERE attempt = 2");
  REQUIRE(log.executeStep());
  CHECK(log.getColumn(5).getString() == R"({"text":"ok"})");
  REQUIRE(log.executeStep());
  CHECK(log.getColumn(4).getString() == "again");
  CHECK(log.getColumn(5).isNull());
  CHECK(log.getColumn(6).getString() == "timeout");
  SQLite::Statement lineage(database, "SELECT program, parent FROM lineage");
  std::string pairs;
  while (lineage.executeStep()) {
    pairs += lineage.getColumn(0).getString() + "<" + lineage.getColumn(1).getString() + " ";
  }
  CHECK(pairs == "1< 2<1 2<1 ");
  SQLite::Statement scores(database, "SELECT program, best_score, outcome FROM score_history");
  REQUIRE(scores.executeStep());
  CHECK(scores.getColumn(2).getString() == "seed");
  REQUIRE(scores.executeStep());
  CHECK(scores.getColumn(1).getDouble() == 1.5 + 2.0 / 1024);
}
