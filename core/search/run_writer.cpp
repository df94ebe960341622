#include "core/search/run_writer.hpp"

#include <cmath>

#include "core/base/hash.hpp"
#include "core/search/result_json.hpp"

namespace fihost::search {
namespace {

/// Binds its arguments from left to right.
class Binder {
 public:
  explicit Binder(SQLite::Statement& statement) : statement_(statement) {}

  Binder& operator<<(std::int64_t value) { return bind(value); }
  Binder& operator<<(int value) { return bind(std::int64_t{value}); }
  Binder& operator<<(std::size_t value) { return bind(static_cast<std::int64_t>(value)); }
  Binder& operator<<(bool value) { return bind(std::int64_t{value}); }
  Binder& operator<<(double value) {
    if (std::isnan(value)) return null();  // which is what SQLite makes of it
    return bind(value);
  }
  Binder& operator<<(const std::string& value) { return bind(value); }
  Binder& operator<<(std::string_view value) { return bind(std::string(value)); }
  Binder& operator<<(const char* value) { return bind(std::string(value)); }
  Binder& operator<<(const Json& value) { return value.is_null() ? null() : bind(dump(value)); }
  template <class T>
  Binder& operator<<(const std::optional<T>& value) {
    return value ? *this << *value : null();
  }

 private:
  template <class T>
  Binder& bind(const T& value) {
    statement_.bind(++index_, value);
    return *this;
  }
  Binder& null() {
    statement_.bind(++index_);
    return *this;
  }

  SQLite::Statement& statement_;
  int index_ = 0;
};

/// Every source text is there once. None: it is empty.
std::optional<std::int64_t> source_row(SQLite::Database& database, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto digest = Hash().add(text).hex();
  SQLite::Statement insert(database, "INSERT OR IGNORE INTO sources(digest, text) VALUES(?, ?)");
  Binder(insert) << digest << text;
  insert.exec();
  SQLite::Statement query(database, "SELECT id FROM sources WHERE digest = ?");
  query.bind(1, digest);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

Json stored(const std::vector<ProgramId>& ids) { return Json(ids); }

void write(SQLite::Database& database, std::int64_t event, const Attempt& a) {
  SQLite::Statement insert(database, R"sql(
INSERT INTO attempts(id, island, mutator, parents, seed, outcome, reason, program, twin, source,
  source_digest, repaired, improvement, propose_seconds, build_seconds, evaluate_seconds, made,
  ended, event)
VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT(id) DO UPDATE SET island = excluded.island, mutator = excluded.mutator,
  parents = excluded.parents, seed = excluded.seed, outcome = excluded.outcome,
  reason = excluded.reason, program = excluded.program, twin = excluded.twin,
  source = excluded.source, source_digest = excluded.source_digest, repaired = excluded.repaired,
  improvement = excluded.improvement, propose_seconds = excluded.propose_seconds,
  build_seconds = excluded.build_seconds, evaluate_seconds = excluded.evaluate_seconds,
  ended = CASE WHEN excluded.ended IS NULL THEN NULL ELSE coalesce(ended, excluded.ended) END,
  event = excluded.event
)sql");
  std::optional<std::int64_t> ended;
  if (a.outcome != Outcome::pending) ended = event;
  Binder(insert) << a.id << a.island << a.mutator << stored(a.parents) << std::to_string(a.seed)
                 << name(a.outcome) << a.reason << a.program << a.twin
                 << source_row(database, a.source) << a.source_digest << a.repaired << a.improvement
                 << a.propose_seconds << a.build_seconds << a.evaluate_seconds << event << ended
                 << event;
  insert.exec();
}

void write_evaluations(SQLite::Database& database, ProgramId program, const char* stage,
                       const std::vector<WorkloadResult>& workloads) {
  SQLite::Statement clear(database, "DELETE FROM evaluations WHERE program = ? AND stage = ?");
  Binder(clear) << program << stage;
  clear.exec();
  SQLite::Statement insert(database, R"sql(
INSERT INTO evaluations(program, stage, position, workload, axes, status, latency_ms,
  latency_low_ms, latency_high_ms, baseline_ms, speedup, speedup_low, speedup_high, log,
  correctness, timing, baseline, floor_ms, cost)
VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
)sql");
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    const auto& w = workloads[i];
    const auto json = to_json(w);
    const auto& timing = w.trial.timing;
    const auto time = [&](double Timing::*field) {
      return timing ? std::optional<double>((*timing).*field) : std::nullopt;
    };
    const auto interval = w.speedup_interval();
    const auto end = [&](double Interval::*field) {
      return interval ? std::optional<double>((*interval).*field) : std::nullopt;
    };
    insert.reset();
    Binder(insert) << program << stage << i << w.uuid << json.at("axes") << name(w.trial.status)
                   << time(&Timing::latency_ms) << time(&Timing::low_ms) << time(&Timing::high_ms)
                   << (w.baseline ? std::optional<double>(w.baseline->latency_ms) : std::nullopt)
                   << w.speedup() << end(&Interval::low) << end(&Interval::high) << w.trial.log
                   << json.at("trial").at("correctness") << json.at("trial").at("timing")
                   << json.at("baseline") << w.floor_ms << json.at("cost");
    insert.exec();
  }
}

void write(SQLite::Database& database, std::int64_t event, const Program& p) {
  SQLite::Statement insert(database, R"sql(
INSERT INTO programs(id, attempt, name, source, language, source_digest, code_digest, parents,
  generation, island, mutator, note, details, kernels, verdict, score, score_low, score_high,
  result, complete, profile, made, profiled, event)
VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT(id) DO UPDATE SET attempt = excluded.attempt, name = excluded.name,
  source = excluded.source, language = excluded.language, source_digest = excluded.source_digest,
  code_digest = excluded.code_digest, parents = excluded.parents,
  generation = excluded.generation, island = excluded.island, mutator = excluded.mutator,
  note = excluded.note, details = excluded.details, kernels = excluded.kernels,
  verdict = excluded.verdict, score = excluded.score, score_low = excluded.score_low,
  score_high = excluded.score_high, result = excluded.result, complete = excluded.complete,
  profiled = CASE WHEN profile = excluded.profile THEN profiled ELSE excluded.profiled END,
  profile = excluded.profile, event = excluded.event
)sql");
  const auto& ci = p.result.score_ci;
  Binder(insert) << p.id << p.attempt << p.name << source_row(database, p.source)
                 << name(p.language) << p.source_digest << p.code_digest << stored(p.parents)
                 << p.generation << p.island << p.mutator << p.note << p.details
                 << to_json(p.kernels) << name(p.result.verdict) << p.result.score
                 << (ci ? std::optional<double>(ci->low) : std::nullopt)
                 << (ci ? std::optional<double>(ci->high) : std::nullopt) << to_json(p.result)
                 << p.complete << p.profile << event
                 << (p.profile.empty() ? std::nullopt : std::optional<std::int64_t>(event))
                 << event;
  insert.exec();
  write_evaluations(database, p.id, own_stage, p.result.workloads);
}

void write(SQLite::Database& database, std::int64_t event, const Exchange& e) {
  SQLite::Statement insert(database,
                           "INSERT INTO exchanges(id, attempt, slot, op, request, reply, error, "
                           "seconds, event) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
  std::optional<std::int64_t> id;
  if (e.id != 0) id = e.id;
  Binder(insert) << id << e.attempt << e.slot << e.op << dump(e.request) << e.reply << e.error
                 << e.seconds << event;
  insert.exec();
}

void write(SQLite::Database& database, std::int64_t event, const Rematch& r) {
  SQLite::Statement insert(database,
                           "INSERT INTO rematches(challenger, champion, ratio, low, high, rounds, "
                           "won, challenger_failed, champion_failed, seconds, event) "
                           "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Binder(insert) << r.challenger << r.champion << r.ratio << r.interval.low << r.interval.high
                 << r.rounds << r.won << r.challenger_failed << r.champion_failed << r.seconds
                 << event;
  insert.exec();
}

void write(SQLite::Database& database, std::int64_t event, const StoredProfile& p) {
  SQLite::Statement insert(
      database, "INSERT INTO profiles(program, workload, reply, event) VALUES(?, ?, ?, ?)");
  Binder(insert) << p.program << p.workload << dump(p.reply) << event;
  insert.exec();
}

void write(SQLite::Database& database, std::int64_t event, const StoredMeasurement& m) {
  SQLite::Statement insert(database,
                           "INSERT OR REPLACE INTO measurements(program, quick, seconds, "
                           "judge_end, event) VALUES(?, ?, ?, ?, ?)");
  Binder(insert) << m.program << m.quick << m.seconds << m.judge_end << event;
  insert.exec();
  write_evaluations(database, m.program, m.quick ? quick_stage : complete_stage, m.workloads);
}

void write(SQLite::Database& database, std::int64_t event, const Placement& p) {
  SQLite::Statement insert(database,
                           "INSERT INTO placements(program, island, cell, owns_cell, migrant, "
                           "event) VALUES(?, ?, ?, ?, ?, ?)");
  Binder(insert) << p.program << p.island << p.cell << p.owns_cell << p.migrant << event;
  insert.exec();
}

void write(SQLite::Database& database, std::int64_t event, ProgramId evicted) {
  SQLite::Statement insert(database, "INSERT INTO evictions(program, event) VALUES(?, ?)");
  Binder(insert) << evicted << event;
  insert.exec();
}

}  // namespace

void write_rows(SQLite::Database& database, std::int64_t id, const RunEvent& event) {
  const auto all = [&](const auto& list) {
    for (const auto& one : list) write(database, id, one);
  };
  all(event.attempts);
  all(event.programs);
  all(event.exchanges);
  all(event.rematches);
  all(event.profiles);
  all(event.measurements);
  all(event.placements);
  all(event.evicted);
}

}  // namespace fihost::search
