#include "core/eval/result_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>

#include <chrono>
#include <ctime>

#include "core/base/error.hpp"

namespace fihost {
namespace {

// Raised when the tables or the documents in them change; stores of another number are emptied.
constexpr int layout = 1;
constexpr int busy_ms = 10'000;

constexpr const char* tables = R"sql(
CREATE TABLE IF NOT EXISTS runs(
  key TEXT PRIMARY KEY, family TEXT NOT NULL, seed TEXT NOT NULL, begun TEXT NOT NULL,
  number INTEGER NOT NULL, about TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS runs_family ON runs(family, number);
CREATE TABLE IF NOT EXISTS results(
  run TEXT NOT NULL, object TEXT NOT NULL, measured TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY(run, object));
)sql";

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

/// Timings travel as the trial that holds them.
Json timing_json(const Timing& timing) {
  Trial trial;
  trial.status = Status::passed;
  trial.timing = timing;
  return to_json(trial);
}

std::string document_of(const StoredResult& result) {
  Json trials = Json::array(), baseline = Json::array();
  for (const auto& trial : result.trials) trials.push_back(to_json(trial));
  for (const auto& timing : result.baseline) baseline.push_back(timing_json(timing));
  return dump({{"candidate", result.candidate},
               {"measured_at", result.measured_at},
               {"seconds", result.seconds},
               {"trials", std::move(trials)},
               {"baseline", std::move(baseline)}});
}

StoredResult parse_document(const std::string& text) {
  const auto json = parse_json(text, "a stored result");
  StoredResult result;
  result.candidate = json.at("candidate");
  result.measured_at = json.at("measured_at");
  result.seconds = json.at("seconds");
  for (const auto& trial : json.at("trials")) result.trials.push_back(parse_trial(trial));
  for (const auto& trial : json.at("baseline")) {
    result.baseline.push_back(parse_trial(trial).timing.value());
  }
  return result;
}

/// Run `use`; what SQLite throws becomes an Error that names the file.
template <class Use>
auto guarded(const std::filesystem::path& file, Use use) {
  try {
    return use();
  } catch (const SQLite::Exception& e) {
    fail("{}: the store of results cannot be used: {}; fihost cache clear removes it",
         file.string(), e.what());
  }
}

std::unique_ptr<SQLite::Database> opened(const std::filesystem::path& file) {
  auto database = std::make_unique<SQLite::Database>(
      file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_ms);
  database->exec("PRAGMA journal_mode=WAL");
  database->exec("PRAGMA synchronous=NORMAL");
  if (database->execAndGet("PRAGMA user_version").getInt() != layout) {
    SQLite::Transaction transaction(*database, SQLite::TransactionBehavior::IMMEDIATE);
    database->exec("DROP TABLE IF EXISTS runs; DROP TABLE IF EXISTS results;");
    database->exec("PRAGMA user_version=" + std::to_string(layout));
    database->exec(tables);
    transaction.commit();
  }
  return database;
}

}  // namespace

std::filesystem::path result_store_file(const std::filesystem::path& cache) {
  return cache / "results.sqlite";
}

ResultStore::ResultStore(const std::filesystem::path& file) : file_(file) {
  std::error_code code;
  std::filesystem::create_directories(file.parent_path(), code);
  if (code) fail("cannot make the folder {}: {}", file.parent_path().string(), code.message());
  database_ = guarded(file_, [&] { return opened(file_); });
}

ResultStore::~ResultStore() = default;
ResultStore::ResultStore(ResultStore&& other) noexcept = default;
ResultStore& ResultStore::operator=(ResultStore&& other) noexcept = default;

void ResultStore::begin_run(const RunIdentity& run, const Json& about) {
  guarded(file_, [&] {
    SQLite::Statement insert(
        *database_,
        "INSERT OR REPLACE INTO runs(key, family, seed, begun, number, about) VALUES"
        "(?, ?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM runs), ?)");
    SQLite::bind(insert, run.key, run.family, std::to_string(run.seed), utc_now(), dump(about));
    insert.exec();
  });
}

std::optional<Json> ResultStore::about(const RunIdentity& run) {
  return guarded(file_, [&]() -> std::optional<Json> {
    SQLite::Statement query(*database_, "SELECT about FROM runs WHERE key = ?");
    query.bind(1, run.key);
    if (!query.executeStep()) return std::nullopt;
    return parse_json(query.getColumn(0).getString(), file_.string());
  });
}

std::optional<std::uint64_t> ResultStore::last_seed(const std::string& family) {
  return guarded(file_, [&]() -> std::optional<std::uint64_t> {
    SQLite::Statement query(*database_,
                            "SELECT seed FROM runs WHERE family = ? ORDER BY number DESC LIMIT 1");
    query.bind(1, family);
    if (!query.executeStep()) return std::nullopt;
    return std::stoull(query.getColumn(0).getString());
  });
}

std::string ResultStore::put(const RunIdentity& run, const std::string& object,
                             const StoredResult& result) {
  auto stamped = result;
  if (stamped.measured_at.empty()) stamped.measured_at = utc_now();
  try {
    SQLite::Statement insert(*database_,
                             "INSERT OR REPLACE INTO results(run, object, measured, document) "
                             "VALUES(?, ?, ?, ?)");
    SQLite::bind(insert, run.key, object, stamped.measured_at, document_of(stamped));
    insert.exec();
    return {};
  } catch (const SQLite::Exception& e) {
    return fmt::format("{}: {}", file_.string(), e.what());
  }
}

std::optional<StoredResult> ResultStore::find(const RunIdentity& run, const std::string& object) {
  return guarded(file_, [&]() -> std::optional<StoredResult> {
    SQLite::Statement query(*database_,
                            "SELECT document FROM results WHERE run = ? AND object = ?");
    SQLite::bind(query, run.key, object);
    if (!query.executeStep()) return std::nullopt;
    return parse_document(query.getColumn(0).getString());
  });
}

StoreInfo ResultStore::info() {
  return guarded(file_, [&] {
    StoreInfo info;
    const auto count = [&](const char* sql) {
      return static_cast<std::size_t>(database_->execAndGet(sql).getInt64());
    };
    info.runs = count("SELECT count(*) FROM runs");
    info.results = count("SELECT count(*) FROM results");
    info.oldest =
        database_->execAndGet("SELECT coalesce(min(measured), '') FROM results").getString();
    info.newest =
        database_->execAndGet("SELECT coalesce(max(measured), '') FROM results").getString();
    std::error_code code;
    const auto size = std::filesystem::file_size(file_, code);
    info.bytes = code ? 0 : size;
    return info;
  });
}

void ResultStore::clear() {
  guarded(file_, [&] { database_->exec("DELETE FROM results; DELETE FROM runs; VACUUM;"); });
}

}  // namespace fihost
