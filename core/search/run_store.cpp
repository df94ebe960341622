#include "core/search/run_store.hpp"

#include <chrono>
#include <ctime>

#include "core/base/error.hpp"
#include "core/search/run_file.hpp"
#include "core/search/run_reader.hpp"
#include "core/search/run_schema.hpp"
#include "core/search/run_writer.hpp"

namespace fihost::search {
namespace {

namespace fs = std::filesystem;

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

void write_head(SQLite::Database& database, const RunHead& head) {
  SQLite::Statement insert(database,
                           "INSERT INTO head(definition, created_at, seed_path, config, about, "
                           "branched_from) VALUES(?, ?, ?, ?, ?, ?)");
  insert.bind(1, head.definition);
  insert.bind(2, head.created_at.empty() ? utc_now() : head.created_at);
  insert.bind(3, head.seed_path);
  insert.bind(4, dump(head.config));
  insert.bind(5, dump(head.about));
  insert.bind(6, head.branched_from);
  insert.exec();
}

/// A file under another name until it is whole, so that a run is there or it is not.
void make_run(const fs::path& file, const RunHead& head) {
  const auto unfinished = file.string() + ".new";
  std::error_code code;
  fs::remove(unfinished, code);
  guarded(file, "made", [&] {
    SQLite::Database database(unfinished, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Transaction transaction(database);
    make_tables(database);
    write_head(database, head);
    transaction.commit();
  });
  fs::rename(unfinished, file, code);
  if (code) fail("cannot make {}: {}", file.string(), code.message());
}

std::int64_t number(SQLite::Database& database, const std::string& sql) {
  return database.execAndGet(sql).getInt64();
}

}  // namespace

struct RunStore::Impl {
  RunFile run;
  std::uint64_t iteration = 0;  // of the newest event; a writer's only

  SQLite::Database& database() const { return *run.database; }

  void require_writer() const {
    if (!run.lock) {
      throw Error("a run that was opened for reading cannot be written", Fault::internal);
    }
  }

  /// `read` sees the run at one moment, whoever writes meanwhile.
  template <class Read>
  auto reading(Read read) const {
    return guarded(run.file, "read", [&] {
      SQLite::Transaction moment(database());
      return read(database());
    });
  }
};

RunStore::RunStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunStore::~RunStore() {
  if (impl_ && impl_->run.lock) settle(impl_->run);
}
RunStore::RunStore(RunStore&& other) noexcept = default;
RunStore& RunStore::operator=(RunStore&& other) noexcept = default;

RunStore RunStore::create(const fs::path& file, const RunHead& head) {
  if (file.has_parent_path()) make_folder(file.parent_path());
  RunLock lock(file);
  refuse_existing(file);
  make_run(file, head);
  return RunStore(std::make_unique<Impl>(Impl{write_run(file, std::move(lock))}));
}

RunStore RunStore::open(const fs::path& file) {
  require_file(file);
  auto impl = std::make_unique<Impl>(Impl{write_run(file, RunLock(file))});
  impl->iteration = impl->reading([](SQLite::Database& database) {
    return static_cast<std::uint64_t>(
        number(database, "SELECT coalesce(max(iteration), 0) FROM events"));
  });
  return RunStore(std::move(impl));
}

RunStore RunStore::view(const fs::path& file) {
  require_file(file);
  return RunStore(std::make_unique<Impl>(Impl{view_run(file)}));
}

const fs::path& RunStore::file() const { return impl_->run.file; }

void RunStore::set_about(const Json& about) {
  impl_->require_writer();
  guarded(impl_->run.file, "written", [&] {
    SQLite::Statement update(impl_->database(), "UPDATE head SET about = ?");
    update.bind(1, dump(about));
    update.exec();
  });
}

void RunStore::record(const RunEvent& event) {
  impl_->require_writer();
  const auto iteration = event.state ? event.state->iteration : impl_->iteration;
  guarded(impl_->run.file, "written", [&] {
    auto& database = impl_->database();
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement insert(database,
                             "INSERT INTO events(kind, at, iteration, note) VALUES(?, ?, ?, ?)");
    insert.bind(1, event.kind);
    insert.bind(2, utc_now());
    insert.bind(3, static_cast<std::int64_t>(iteration));
    insert.bind(4, event.note);
    insert.exec();
    const auto id = database.getLastInsertRowid();
    write_rows(database, id, event);
    if (event.state) {
      SQLite::Statement state(
          database, "INSERT OR REPLACE INTO states(iteration, event, state) VALUES(?, ?, ?)");
      state.bind(1, static_cast<std::int64_t>(iteration));
      state.bind(2, id);
      state.bind(3, dump(event.state->state));
      state.exec();
    }
    transaction.commit();
  });
  impl_->iteration = iteration;
}

RunHead RunStore::head() const {
  return impl_->reading([](SQLite::Database& database) {
    SQLite::Statement query(database,
                            "SELECT definition, created_at, seed_path, config, about, "
                            "branched_from FROM head");
    query.executeStep();
    const auto text = [&](int column) { return query.getColumn(column).getString(); };
    return RunHead{.definition = text(0),
                   .created_at = text(1),
                   .seed_path = text(2),
                   .config = parse_json(text(3), "a stored run"),
                   .about = parse_json(text(4), "a stored run"),
                   .branched_from = text(5)};
  });
}

std::optional<RunState> RunStore::state() const {
  return impl_->reading([](SQLite::Database& database) -> std::optional<RunState> {
    SQLite::Statement query(database,
                            "SELECT iteration, state FROM states ORDER BY event DESC LIMIT 1");
    if (!query.executeStep()) return std::nullopt;
    return RunState{.iteration = static_cast<std::uint64_t>(query.getColumn(0).getInt64()),
                    .state = parse_json(query.getColumn(1).getString(), "a stored run")};
  });
}

std::string RunStore::end_note() const {
  return impl_->reading([](SQLite::Database& database) -> std::string {
    SQLite::Statement query(database, "SELECT kind, note FROM events ORDER BY id DESC LIMIT 1");
    if (!query.executeStep() || query.getColumn(0).getString() != "stop") return {};
    return query.getColumn(1).getString();
  });
}

AttemptId RunStore::last_attempt() const {
  return impl_->reading([](SQLite::Database& database) {
    return AttemptId{number(database, "SELECT coalesce(max(id), 0) FROM attempts")};
  });
}

ProgramId RunStore::last_program() const {
  return impl_->reading([](SQLite::Database& database) {
    return ProgramId{number(database, "SELECT coalesce(max(id), 0) FROM programs")};
  });
}

Program RunStore::program(ProgramId id) const {
  auto found = impl_->reading(
      [&](SQLite::Database& database) { return read_programs(database, "WHERE id = ?", id); });
  if (found.empty()) fail("{}: the run has no program {}", file().string(), id);
  return std::move(found.front());
}

std::vector<Program> RunStore::programs(const std::vector<ProgramId>& ids) const {
  std::vector<Program> programs;
  programs.reserve(ids.size());
  for (const auto id : ids) programs.push_back(program(id));
  return programs;
}

std::vector<ProgramId> RunStore::program_ids() const {
  return impl_->reading([](SQLite::Database& database) {
    std::vector<ProgramId> ids;
    SQLite::Statement query(database, "SELECT id FROM programs ORDER BY id");
    while (query.executeStep()) ids.push_back(query.getColumn(0).getInt64());
    return ids;
  });
}

std::vector<ProgramId> RunStore::with_source(const std::string& digest) const {
  return impl_->reading([&](SQLite::Database& database) {
    std::vector<ProgramId> ids;
    SQLite::Statement query(database,
                            "SELECT id FROM programs WHERE source_digest = ? ORDER BY id");
    query.bind(1, digest);
    while (query.executeStep()) ids.push_back(query.getColumn(0).getInt64());
    return ids;
  });
}

std::vector<Attempt> RunStore::attempts() const {
  return impl_->reading(
      [](SQLite::Database& database) { return read_attempts(database, "", 0, false); });
}

Attempt RunStore::attempt(AttemptId id) const {
  auto found = impl_->reading([&](SQLite::Database& database) {
    return read_attempts(database, "WHERE id = ?", id, true);
  });
  if (found.empty()) fail("{}: the run has no attempt {}", file().string(), id);
  return std::move(found.front());
}

std::vector<Attempt> RunStore::pending() const {
  return impl_->reading([](SQLite::Database& database) {
    return read_attempts(database, "WHERE outcome = 'pending'", 0, true);
  });
}

std::vector<Exchange> RunStore::exchanges(AttemptId attempt) const {
  return impl_->reading([&](SQLite::Database& database) {
    return read_exchanges(database, "WHERE attempt = ?", attempt);
  });
}

std::vector<Rematch> RunStore::rematches() const {
  return impl_->reading([](SQLite::Database& database) { return read_rematches(database, "", 0); });
}

std::vector<StoredProfile> RunStore::profiles(ProgramId program) const {
  return impl_->reading([&](SQLite::Database& database) {
    return read_profiles(database, "WHERE program = ?", program);
  });
}

std::vector<StoredMeasurement> RunStore::measurements(ProgramId program) const {
  return impl_->reading([&](SQLite::Database& database) {
    return read_measurements(database, "WHERE program = ?", program);
  });
}

std::vector<Placement> RunStore::placements() const {
  return impl_->reading(
      [](SQLite::Database& database) { return read_placements(database, "", 0); });
}

std::vector<RunStore::Known> RunStore::known_digests() const {
  return impl_->reading([](SQLite::Database& database) {
    SQLite::Statement query(database, R"sql(
SELECT programs.source_digest, attempt, programs.id, coalesce(outcome, 'accepted')
  FROM programs LEFT JOIN attempts ON attempts.id = attempt WHERE programs.source_digest <> ''
UNION SELECT code_digest, attempt, programs.id, coalesce(outcome, 'accepted')
  FROM programs LEFT JOIN attempts ON attempts.id = attempt WHERE code_digest <> ''
UNION SELECT source_digest, id, program, outcome FROM attempts WHERE source_digest <> ''
ORDER BY 2, 3, 1)sql");
    std::vector<Known> known;
    while (query.executeStep()) {
      known.push_back(
          {.digest = query.getColumn(0).getString(),
           .attempt = query.getColumn(1).getInt64(),
           .program = query.getColumn(2).getInt64(),
           .outcome = parse_outcome(query.getColumn(3).getString()).value_or(Outcome::abandoned)});
    }
    return known;
  });
}

void RunStore::history(const std::function<void(const PastEvent&)>& visit) const {
  impl_->reading([&](SQLite::Database& database) {
    SQLite::Statement query(database,
                            "SELECT id, at, events.iteration, kind, note, state FROM events LEFT "
                            "JOIN states ON states.event = events.id ORDER BY id");
    while (query.executeStep()) {
      PastEvent past;
      past.id = query.getColumn(0).getInt64();
      past.at = query.getColumn(1).getString();
      past.iteration = static_cast<std::uint64_t>(query.getColumn(2).getInt64());
      past.event = read_event(database, past.id);
      past.event.kind = query.getColumn(3).getString();
      past.event.note = query.getColumn(4).getString();
      if (const auto state = query.getColumn(5); !state.isNull()) {
        past.event.state = {past.iteration, parse_json(state.getString(), "a stored run")};
      }
      visit(past);
    }
    return true;
  });
}

}  // namespace fihost::search
