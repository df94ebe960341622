// Results of earlier runs, in one SQLite file that several fihosts may use at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/model/trial.hpp"

namespace SQLite {
class Database;
}

namespace fihost {

/// What a run measures, whatever the candidate: `family` hashes all of it but the seed, `key` all of
/// it. Equal keys mean that the same measurement would be made again.
struct RunIdentity {
  std::string family;
  std::string key;
  std::uint64_t seed = 0;
};

/// One candidate's results on all workloads of its run.
struct StoredResult {
  std::string candidate;         ///< its name then
  std::string measured_at;       ///< UTC, "2026-01-02T03:04:05Z"
  double seconds = 0;            ///< that it took
  std::vector<Trial> trials;     ///< parallel to the run's workloads
  std::vector<Timing> baseline;  ///< measured in the same session, parallel to the trials
};

struct StoreInfo {
  std::uintmax_t bytes = 0;
  std::size_t runs = 0, results = 0;
  std::string oldest, newest;  ///< UTC; empty without results
};

/// One thread an object. Every call but put() throws Error, naming the file, when the database cannot be
/// used.
class ResultStore {
 public:
  /// Opens or makes `file`. One of another layout is emptied.
  explicit ResultStore(const std::filesystem::path& file);
  ~ResultStore();
  ResultStore(ResultStore&& other) noexcept;
  ResultStore& operator=(ResultStore&& other) noexcept;

  /// `about` is kept for runs that have nothing left to measure: device, timer, names.
  void begin_run(const RunIdentity& run, const Json& about);
  /// What begin_run() was told.
  [[nodiscard]] std::optional<Json> about(const RunIdentity& run);
  /// The seed of the newest run of `family`.
  [[nodiscard]] std::optional<std::uint64_t> last_seed(const std::string& family);

  /// `object` is the hash of the shared object. Returns why the result could not be kept, empty when it
  /// was: a full disk must not end a run that has just measured something.
  [[nodiscard]] std::string put(const RunIdentity& run, const std::string& object,
                                const StoredResult& result);
  [[nodiscard]] std::optional<StoredResult> find(const RunIdentity& run, const std::string& object);

  [[nodiscard]] StoreInfo info();
  void clear();

 private:
  std::filesystem::path file_;
  std::unique_ptr<SQLite::Database> database_;
};

/// `cache`/results.sqlite
[[nodiscard]] std::filesystem::path result_store_file(const std::filesystem::path& cache);

}  // namespace fihost
