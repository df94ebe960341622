// The truth about a run: one SQLite file in WAL mode, one transaction an event.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/search/program.hpp"

namespace SQLite {
class Database;
}

namespace fihost::search {

/// What never changes during a run.
struct RunHead {
  std::string definition;
  std::string created_at;     ///< UTC, "2026-01-02T03:04:05Z"
  std::string seed_path;      ///< as it was given
  Json config;                ///< resolved, without secrets
  Json about;                 ///< ranking_json of what is measured on, without candidates
  std::string branched_from;  ///< "RUN@ITERATION"; empty: no branch
};

/// Everything that moves the search, besides the programs: random state, population, counters,
/// weights. Saved with every event, so that the next process goes on from any of them.
struct RunState {
  std::uint64_t iteration = 0;  ///< evaluated children
  Json state;
};

/// One question to a model and its answer.
struct Exchange {
  std::int64_t id = 0;
  AttemptId attempt = 0;
  std::string slot, op;
  Json request;
  Json reply;         ///< null: it failed
  std::string error;  ///< empty: it did not
  double seconds = 0;
};

struct StoredProfile {
  ProgramId program = 0;
  std::string workload;  ///< uuid
  Json reply;            ///< the profiler's
};

/// What one call of the evaluator found. Kept beside a program's own results, so that the first,
/// quick look of a cascade can be replayed, too.
struct StoredMeasurement {
  ProgramId program = 0;
  bool quick = false;
  double seconds = 0;     ///< of the device
  std::string judge_end;  ///< how the judge ended meanwhile; empty: it lived
  std::vector<WorkloadResult> workloads;
};

/// What became of a program after it was admitted.
struct Placement {
  ProgramId program = 0;
  int island = 0;
  std::string cell;
  bool owns_cell = false, migrant = false;
};

/// What one event brings; everything in it is written in one transaction.
struct RunEvent {
  std::string kind;  ///< "start", "assign", "exchange", "result", "expel", "profile", "stop"
  std::vector<Attempt> attempts = {};                ///< inserted or replaced
  std::vector<Program> programs = {};                ///< inserted or replaced
  std::vector<Exchange> exchanges = {};              ///< inserted
  std::vector<Rematch> rematches = {};               ///< inserted
  std::vector<StoredProfile> profiles = {};          ///< inserted
  std::vector<StoredMeasurement> measurements = {};  ///< inserted or replaced; may be left out
  std::vector<Placement> placements = {};            ///< inserted
  std::vector<ProgramId> evicted = {};
  std::optional<RunState> state = {};
  std::string note = {};  ///< for people: why it stopped
};

/// An event as it is found again.
struct PastEvent {
  std::int64_t id = 0;          ///< from 1, ascending
  std::string at;               ///< UTC
  std::uint64_t iteration = 0;  ///< evaluated children by then
  /// What it was the last to write: a program that a later event replaced is in that one. The state
  /// is the last one of its iteration only.
  RunEvent event;
};

/// One thread. Throws Error naming the file for everything that goes wrong, with the reason when the
/// disk is full; a failed transaction leaves nothing behind.
class RunStore {
 public:
  /// Makes `file`; throws Error (usage) when it is there already.
  /// And holds the same lock as open().
  static RunStore create(const std::filesystem::path& file, const RunHead& head);
  /// Opens it for writing and holds a lock on it: a second fihost is refused with the first one's
  /// process id. Throws Error (usage) when it is no run, or of a later layout.
  static RunStore open(const std::filesystem::path& file);
  /// For reading only, beside a run that is being written.
  static RunStore view(const std::filesystem::path& file);
  ~RunStore();
  RunStore(RunStore&& other) noexcept;
  RunStore& operator=(RunStore&& other) noexcept;

  void record(const RunEvent& event);
  /// Replaces RunHead::about by what the present process measures with.
  void set_about(const Json& about);

  [[nodiscard]] const std::filesystem::path& file() const;
  [[nodiscard]] RunHead head() const;
  [[nodiscard]] std::optional<RunState> state() const;  ///< the newest
  [[nodiscard]] std::string end_note() const;  ///< of the last stop; empty: it runs, or was killed
  [[nodiscard]] AttemptId last_attempt() const;
  [[nodiscard]] ProgramId last_program() const;
  [[nodiscard]] Program program(ProgramId id) const;
  [[nodiscard]] std::vector<Program> programs(const std::vector<ProgramId>& ids) const;
  [[nodiscard]] std::vector<ProgramId> program_ids() const;
  /// Those whose source_digest it is, oldest first.
  [[nodiscard]] std::vector<ProgramId> with_source(const std::string& digest) const;
  [[nodiscard]] std::vector<Attempt> attempts() const;  ///< all, without their sources
  [[nodiscard]] Attempt attempt(AttemptId id) const;
  [[nodiscard]] std::vector<Attempt> pending() const;  ///< in flight when it was last written
  [[nodiscard]] std::vector<Exchange> exchanges(AttemptId attempt) const;  ///< in their order
  [[nodiscard]] std::vector<Rematch> rematches() const;
  [[nodiscard]] std::vector<StoredProfile> profiles(ProgramId program) const;
  [[nodiscard]] std::vector<StoredMeasurement> measurements(ProgramId program) const;
  [[nodiscard]] std::vector<Placement> placements() const;  ///< in the order of events
  /// Digests of every source and machine code that was tried, with the attempt.
  struct Known {
    std::string digest;
    AttemptId attempt = 0;
    ProgramId program = 0;
    Outcome outcome = Outcome::pending;
  };
  [[nodiscard]] std::vector<Known> known_digests() const;
  /// Every event in its order, all of one moment. `visit` must not use this store.
  void history(const std::function<void(const PastEvent&)>& visit) const;

 private:
  struct Impl;
  explicit RunStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A new run in `file` with what `from` had after `iteration` evaluated children, just before there was
/// another. Attempts that ended later are in flight again. Throws Error (usage) when it never got
/// there, or `file` is there already.
void branch_run(const std::filesystem::path& from, std::uint64_t iteration,
                const std::filesystem::path& file);

/// One JSON object a line: {"type": "run" | "event" | "attempt" | "program" | "exchange" | "rematch" |
/// "profile" | "measurement" | "placement", ...}, in the order of writing; enough to rebuild
/// everything. "event" precedes what it wrote and has the state and who was evicted.
void export_jsonl(const RunStore& run, const std::function<void(const std::string& line)>& write);

/// The SQLite file of RUN as it is typed: the file itself, or the folder that holds run.sqlite.
[[nodiscard]] std::filesystem::path run_file(const std::filesystem::path& run);

}  // namespace fihost::search
