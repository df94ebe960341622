// A run that goes another way from an earlier moment of a run.
#include "core/base/error.hpp"
#include "core/search/run_file.hpp"
#include "core/search/run_store.hpp"

namespace fihost::search {
namespace {

namespace fs = std::filesystem;

/// The last event before there was another evaluated child.
std::int64_t last_event(SQLite::Database& database, const fs::path& from, std::uint64_t iteration) {
  SQLite::Statement there(database, "SELECT count(*) FROM states WHERE iteration = ?");
  there.bind(1, static_cast<std::int64_t>(iteration));
  there.executeStep();
  if (there.getColumn(0).getInt() == 0) {
    const auto reached =
        database.execAndGet("SELECT coalesce(max(iteration), 0) FROM states").getInt64();
    throw Error(fmt::format("{}: the run never had {} evaluated children; it has {}", from.string(),
                            iteration, reached),
                Fault::usage);
  }
  SQLite::Statement query(database, "SELECT max(id) FROM events WHERE iteration <= ?");
  query.bind(1, static_cast<std::int64_t>(iteration));
  query.executeStep();
  return query.getColumn(0).getInt64();
}

/// Forget what came after event `last`.
void cut(SQLite::Database& database, std::int64_t last) {
  const auto run = [&](const std::string& sql) {
    SQLite::Statement statement(database, sql);
    if (sql.find('?') != std::string::npos) statement.bind(1, last);
    statement.exec();
  };
  for (const char* table : {"exchanges", "rematches", "profiles", "measurements", "placements",
                            "evictions", "states"}) {
    run(fmt::format("DELETE FROM {} WHERE event > ?", table));
  }
  run("DELETE FROM attempts WHERE made > ?");
  run("UPDATE attempts SET outcome = 'pending', reason = '', program = 0, twin = 0, source = NULL, "
      "source_digest = '', repaired = 0, improvement = 0, propose_seconds = 0, build_seconds = 0, "
      "evaluate_seconds = 0, ended = NULL WHERE coalesce(ended, event) > ?");
  run("DELETE FROM programs WHERE made > ?");
  run("DELETE FROM programs WHERE attempt IN (SELECT id FROM attempts WHERE outcome = 'pending')");
  run("UPDATE programs SET profile = '', profiled = NULL WHERE profiled > ?");
  for (const char* table : {"attempts", "programs"}) {
    run(fmt::format("UPDATE {} SET event = ?1 WHERE event > ?1", table));
  }
  run("DELETE FROM measurements WHERE program NOT IN (SELECT id FROM programs)");
  run("DELETE FROM evaluations WHERE program NOT IN (SELECT id FROM programs) OR (stage <> "
      "'result' AND (program, stage = 'quick') NOT IN (SELECT program, quick FROM measurements))");
  run("DELETE FROM sources WHERE id NOT IN (SELECT source FROM programs WHERE source IS NOT NULL "
      "UNION SELECT source FROM attempts WHERE source IS NOT NULL)");
  run("DELETE FROM events WHERE id > ?");
}

void write_origin(SQLite::Database& database, const std::string& origin) {
  SQLite::Statement head(database, "UPDATE head SET branched_from = ?");
  head.bind(1, origin);
  head.exec();
  SQLite::Statement event(database,
                          "INSERT INTO events(kind, at, iteration, note) SELECT 'branch', "
                          "strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), max(iteration), ? FROM events");
  event.bind(1, "branched from " + origin);
  event.exec();
}

}  // namespace

void branch_run(const fs::path& from, std::uint64_t iteration, const fs::path& file) {
  require_file(from);
  if (file.has_parent_path()) make_folder(file.parent_path());
  const RunLock lock(file);
  refuse_existing(file);
  const auto unfinished = file.string() + ".new";
  std::error_code code;
  fs::remove(unfinished, code);
  auto source = view_run(from);
  // A moment of the run, even while it is being written.
  guarded(file, "made", [&] {
    (void)last_event(*source.database, from, iteration);
    SQLite::Statement copy(*source.database, "VACUUM INTO ?");
    copy.bind(1, unfinished);
    copy.exec();
    SQLite::Database database(unfinished, SQLite::OPEN_READWRITE);
    SQLite::Transaction transaction(database);
    cut(database, last_event(database, from, iteration));
    write_origin(database, fmt::format("{}@{}", from.string(), iteration));
    transaction.commit();
    database.exec("VACUUM");
  });
  fs::rename(unfinished, file, code);
  if (code) fail("cannot make {}: {}", file.string(), code.message());
}

}  // namespace fihost::search
