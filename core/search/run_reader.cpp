#include "core/search/run_reader.hpp"

#include <limits>

#include "core/search/result_json.hpp"
#include "core/search/run_writer.hpp"

namespace fihost::search {
namespace {

/// Reads the columns of a row from left to right.
class Row {
 public:
  explicit Row(SQLite::Statement& statement) : statement_(statement) {}

  std::int64_t integer() { return next().getInt64(); }
  int small() { return next().getInt(); }
  bool flag() { return next().getInt() != 0; }
  std::string text() { return next().getString(); }
  double number() {
    const auto column = next();
    return column.isNull() ? std::numeric_limits<double>::quiet_NaN() : column.getDouble();
  }
  std::optional<double> optional_number() {
    const auto column = next();
    return column.isNull() ? std::nullopt : std::optional<double>(column.getDouble());
  }
  Json json() {
    const auto column = next();
    return column.isNull() ? Json() : parse_json(column.getString(), "a stored run");
  }

 private:
  SQLite::Column next() { return statement_.getColumn(index_++); }

  SQLite::Statement& statement_;
  int index_ = 0;
};

/// Every row of `sql` through `read`.
template <class Read>
auto rows(SQLite::Database& database, const std::string& sql, Key value, Read read) {
  SQLite::Statement query(database, sql);
  if (sql.find('?') != std::string::npos) query.bind(1, value);
  std::vector<decltype(read(std::declval<Row&>()))> out;
  while (query.executeStep()) {
    Row row(query);
    out.push_back(read(row));
  }
  return out;
}

Attempt read_attempt(Row& row) {
  Attempt a;
  a.id = row.integer();
  a.island = row.small();
  a.mutator = row.text();
  a.parents = row.json().get<std::vector<ProgramId>>();
  a.seed = std::stoull(row.text());
  a.outcome = parse_outcome(row.text()).value_or(Outcome::abandoned);
  a.reason = row.text();
  a.program = row.integer();
  a.twin = row.integer();
  a.source = row.text();
  a.source_digest = row.text();
  a.repaired = row.flag();
  a.improvement = row.flag();
  a.propose_seconds = row.number();
  a.build_seconds = row.number();
  a.evaluate_seconds = row.number();
  return a;
}

Program read_program(Row& row) {
  Program p;
  p.id = row.integer();
  p.attempt = row.integer();
  p.name = row.text();
  p.source = row.text();
  p.language = parse_language(row.text()).value_or(Language::cuda);
  p.source_digest = row.text();
  p.code_digest = row.text();
  p.parents = row.json().get<std::vector<ProgramId>>();
  p.generation = row.small();
  p.island = row.small();
  p.mutator = row.text();
  p.note = row.text();
  p.details = row.json();
  p.kernels = parse_kernels(row.json());
  p.result = parse_candidate_result(row.json());
  p.complete = row.flag();
  p.profile = row.text();
  return p;
}

WorkloadResult read_workload(Row& row) {
  Json json = Json::object();
  json["uuid"] = row.text();
  json["axes"] = row.json();
  const auto status = row.text(), log = row.text();
  auto correctness = row.json(), timing = row.json();
  json["trial"] = {{"status", status},
                   {"correctness", std::move(correctness)},
                   {"timing", std::move(timing)},
                   {"log", log}};
  json["baseline"] = row.json();
  json["floor_ms"] = nullptr;
  json["cost"] = row.json();
  auto result = parse_workload_result(json);
  result.floor_ms = row.optional_number();
  return result;
}

std::vector<WorkloadResult> read_workloads(SQLite::Database& database, ProgramId program,
                                           const std::string& stage) {
  return rows(database,
              "SELECT workload, axes, status, log, correctness, timing, baseline, cost, floor_ms "
              "FROM evaluations WHERE program = ? AND stage = '" +
                  stage + "' ORDER BY position",
              program, read_workload);
}

}  // namespace

std::vector<Attempt> read_attempts(SQLite::Database& database, const std::string& where, Key value,
                                   bool with_source) {
  const std::string source =
      with_source ? "(SELECT text FROM sources WHERE id = attempts.source)" : "''";
  return rows(database,
              "SELECT id, island, mutator, parents, seed, outcome, reason, program, twin, " +
                  source +
                  ", source_digest, repaired, improvement, propose_seconds, build_seconds, "
                  "evaluate_seconds FROM attempts " +
                  where + " ORDER BY id",
              value, read_attempt);
}

std::vector<Program> read_programs(SQLite::Database& database, const std::string& where,
                                   Key value) {
  auto programs = rows(database,
                       "SELECT id, attempt, name, (SELECT text FROM sources WHERE id = "
                       "programs.source), language, source_digest, code_digest, parents, "
                       "generation, island, mutator, note, details, kernels, result, complete, "
                       "profile FROM programs " +
                           where + " ORDER BY id",
                       value, read_program);
  for (auto& program : programs) {
    program.result.workloads = read_workloads(database, program.id, own_stage);
  }
  return programs;
}

std::vector<Exchange> read_exchanges(SQLite::Database& database, const std::string& where,
                                     Key value) {
  return rows(database,
              "SELECT id, attempt, slot, op, request, reply, error, seconds FROM exchanges " +
                  where + " ORDER BY id",
              value, [](Row& row) {
                Exchange e;
                e.id = row.integer();
                e.attempt = row.integer();
                e.slot = row.text();
                e.op = row.text();
                e.request = row.json();
                e.reply = row.json();
                e.error = row.text();
                e.seconds = row.number();
                return e;
              });
}

std::vector<Rematch> read_rematches(SQLite::Database& database, const std::string& where,
                                    Key value) {
  return rows(database,
              "SELECT challenger, champion, ratio, low, high, rounds, won, challenger_failed, "
              "champion_failed, seconds FROM rematches " +
                  where + " ORDER BY id",
              value, [](Row& row) {
                Rematch r;
                r.challenger = row.integer();
                r.champion = row.integer();
                r.ratio = row.number();
                r.interval.low = row.number();
                r.interval.high = row.number();
                r.rounds = static_cast<std::size_t>(row.integer());
                r.won = row.flag();
                r.challenger_failed = row.flag();
                r.champion_failed = row.flag();
                r.seconds = row.number();
                return r;
              });
}

std::vector<StoredProfile> read_profiles(SQLite::Database& database, const std::string& where,
                                         Key value) {
  return rows(database, "SELECT program, workload, reply FROM profiles " + where + " ORDER BY id",
              value, [](Row& row) {
                StoredProfile p;
                p.program = row.integer();
                p.workload = row.text();
                p.reply = row.json();
                return p;
              });
}

std::vector<StoredMeasurement> read_measurements(SQLite::Database& database,
                                                 const std::string& where, Key value) {
  auto found = rows(database,
                    "SELECT program, quick, seconds, judge_end FROM measurements " + where +
                        " ORDER BY program, quick DESC",
                    value, [](Row& row) {
                      StoredMeasurement m;
                      m.program = row.integer();
                      m.quick = row.flag();
                      m.seconds = row.number();
                      m.judge_end = row.text();
                      return m;
                    });
  for (auto& one : found) {
    one.workloads = read_workloads(database, one.program, one.quick ? quick_stage : complete_stage);
  }
  return found;
}

std::vector<Placement> read_placements(SQLite::Database& database, const std::string& where,
                                       Key value) {
  return rows(
      database,
      "SELECT program, island, cell, owns_cell, migrant FROM placements " + where + " ORDER BY id",
      value, [](Row& row) {
        Placement p;
        p.program = row.integer();
        p.island = row.small();
        p.cell = row.text();
        p.owns_cell = row.flag();
        p.migrant = row.flag();
        return p;
      });
}

RunEvent read_event(SQLite::Database& database, Key id) {
  const std::string where = "WHERE event = ?";
  RunEvent event;
  event.attempts = read_attempts(database, where, id, true);
  event.programs = read_programs(database, where, id);
  event.exchanges = read_exchanges(database, where, id);
  event.rematches = read_rematches(database, where, id);
  event.profiles = read_profiles(database, where, id);
  event.measurements = read_measurements(database, where, id);
  event.placements = read_placements(database, where, id);
  event.evicted = rows(database, "SELECT program FROM evictions WHERE event = ? ORDER BY id", id,
                       [](Row& row) { return ProgramId{row.integer()}; });
  return event;
}

}  // namespace fihost::search
