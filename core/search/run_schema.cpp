#include "core/search/run_schema.hpp"

#include "core/base/error.hpp"

namespace fihost::search {
namespace {

// Raised when the tables or the documents in them change.
constexpr int layout = 1;
constexpr int application = 0x66696872;  // "fihr", so that file(1) and we know a run from others

// `event` is the one that wrote a row last, `made` the first one. JSON columns hold JSON text.
constexpr const char* tables = R"sql(
CREATE TABLE head(
  definition TEXT NOT NULL, created_at TEXT NOT NULL, seed_path TEXT NOT NULL,
  config TEXT NOT NULL, about TEXT NOT NULL, branched_from TEXT NOT NULL);
CREATE TABLE events(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, iteration INTEGER NOT NULL,
  note TEXT NOT NULL);
CREATE INDEX events_iteration ON events(iteration);
CREATE TABLE states(iteration INTEGER PRIMARY KEY, event INTEGER NOT NULL, state TEXT NOT NULL);
CREATE INDEX states_event ON states(event);
CREATE TABLE sources(id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE attempts(
  id INTEGER PRIMARY KEY, island INTEGER NOT NULL, mutator TEXT NOT NULL, parents TEXT NOT NULL,
  seed TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, program INTEGER NOT NULL,
  twin INTEGER NOT NULL, source INTEGER, source_digest TEXT NOT NULL, repaired INTEGER NOT NULL,
  improvement INTEGER NOT NULL, propose_seconds REAL, build_seconds REAL, evaluate_seconds REAL,
  made INTEGER NOT NULL, ended INTEGER, event INTEGER NOT NULL);
CREATE INDEX attempts_event ON attempts(event);
CREATE INDEX attempts_pending ON attempts(id) WHERE outcome = 'pending';
CREATE TABLE programs(
  id INTEGER PRIMARY KEY, attempt INTEGER NOT NULL, name TEXT NOT NULL, source INTEGER,
  language TEXT NOT NULL, source_digest TEXT NOT NULL, code_digest TEXT NOT NULL,
  parents TEXT NOT NULL, generation INTEGER NOT NULL, island INTEGER NOT NULL,
  mutator TEXT NOT NULL, note TEXT NOT NULL, details TEXT, kernels TEXT NOT NULL,
  verdict TEXT NOT NULL, score REAL, score_low REAL, score_high REAL, result TEXT NOT NULL,
  complete INTEGER NOT NULL, profile TEXT NOT NULL, made INTEGER NOT NULL, profiled INTEGER,
  event INTEGER NOT NULL);
CREATE INDEX programs_event ON programs(event);
CREATE INDEX programs_source ON programs(source_digest);
CREATE TABLE evaluations(
  program INTEGER NOT NULL, stage TEXT NOT NULL, position INTEGER NOT NULL, workload TEXT NOT NULL,
  axes TEXT NOT NULL, status TEXT NOT NULL, latency_ms REAL, latency_low_ms REAL,
  latency_high_ms REAL, baseline_ms REAL, speedup REAL, speedup_low REAL, speedup_high REAL,
  log TEXT NOT NULL, correctness TEXT, timing TEXT, baseline TEXT, floor_ms REAL, cost TEXT,
  PRIMARY KEY(program, stage, position));
CREATE TABLE measurements(
  program INTEGER NOT NULL, quick INTEGER NOT NULL, seconds REAL, judge_end TEXT NOT NULL,
  event INTEGER NOT NULL, PRIMARY KEY(program, quick));
CREATE INDEX measurements_event ON measurements(event);
CREATE TABLE exchanges(
  id INTEGER PRIMARY KEY, attempt INTEGER NOT NULL, slot TEXT NOT NULL, op TEXT NOT NULL,
  request TEXT NOT NULL, reply TEXT, error TEXT NOT NULL, seconds REAL, event INTEGER NOT NULL);
CREATE INDEX exchanges_attempt ON exchanges(attempt);
CREATE INDEX exchanges_event ON exchanges(event);
CREATE TABLE rematches(
  id INTEGER PRIMARY KEY, challenger INTEGER NOT NULL, champion INTEGER NOT NULL, ratio REAL,
  low REAL, high REAL, rounds INTEGER NOT NULL, won INTEGER NOT NULL,
  challenger_failed INTEGER NOT NULL, champion_failed INTEGER NOT NULL, seconds REAL,
  event INTEGER NOT NULL);
CREATE INDEX rematches_event ON rematches(event);
CREATE TABLE profiles(
  id INTEGER PRIMARY KEY, program INTEGER NOT NULL, workload TEXT NOT NULL, reply TEXT NOT NULL,
  event INTEGER NOT NULL);
CREATE INDEX profiles_program ON profiles(program);
CREATE INDEX profiles_event ON profiles(event);
CREATE TABLE placements(
  id INTEGER PRIMARY KEY, program INTEGER NOT NULL, island INTEGER NOT NULL, cell TEXT NOT NULL,
  owns_cell INTEGER NOT NULL, migrant INTEGER NOT NULL, event INTEGER NOT NULL);
CREATE INDEX placements_event ON placements(event);
CREATE TABLE evictions(id INTEGER PRIMARY KEY, program INTEGER NOT NULL, event INTEGER NOT NULL);
CREATE INDEX evictions_event ON evictions(event);
)sql";

// For people and plugins; their columns stay when the tables change.
constexpr const char* views = R"sql(
CREATE VIEW exchange_log AS
  SELECT id, attempt, slot, op, request, reply, error, seconds FROM exchanges ORDER BY id;
CREATE VIEW lineage AS
  SELECT programs.id AS program, programs.name, parent.value AS parent, parent.key AS position,
         programs.generation, programs.island, programs.mutator, programs.note,
         programs.verdict, programs.score, coalesce(attempts.improvement, 0) AS improvement
  FROM programs LEFT JOIN json_each(programs.parents) AS parent
       LEFT JOIN attempts ON attempts.id = programs.attempt
  ORDER BY programs.id, parent.key;
CREATE VIEW score_history AS
  SELECT programs.id AS program, events.at, events.iteration, programs.name, programs.island,
         programs.mutator, programs.verdict, programs.complete, programs.score,
         programs.score_low, programs.score_high,
         max(CASE WHEN programs.complete AND programs.verdict = 'PASSED' THEN programs.score END)
           OVER (ORDER BY programs.id) AS best_score,
         coalesce(attempts.outcome, 'seed') AS outcome,
         coalesce(attempts.improvement, 0) AS improvement
  FROM programs JOIN events ON events.id = programs.made
       LEFT JOIN attempts ON attempts.id = programs.attempt
  ORDER BY programs.id;
)sql";

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

}  // namespace

void make_tables(SQLite::Database& database) {
  database.exec("PRAGMA application_id=" + std::to_string(application));
  database.exec("PRAGMA user_version=" + std::to_string(layout));
  database.exec(tables);
  database.exec(views);
}

void check_layout(SQLite::Database& database, const std::filesystem::path& file) {
  if (pragma(database, "application_id") != application) {
    throw Error(fmt::format("{}: is no run of fihost evolve", file.string()), Fault::usage);
  }
  const int found = pragma(database, "user_version");
  if (found != layout) {
    throw Error(fmt::format("{}: was written by another fihost (layout {}, this one knows {}); use "
                            "that one",
                            file.string(), found, layout),
                Fault::usage);
  }
}

}  // namespace fihost::search
