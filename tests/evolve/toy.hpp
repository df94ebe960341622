// A world in which a run of hundreds of children takes a moment: a program's source says how fast it
// is, and everything but the compiler and the device is real.
#pragma once

#include <fihost/plugin.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/temp_dir.hpp"
#include "core/search/evolution.hpp"

namespace fihost::search::test {

/// A source of the toy language: constants, of which these mean something.
struct Traits {
  double speed = 1;  ///< over the baseline's
  double tilt = 0;   ///< the log of the speed grows by it from each workload to the next
  double lucky = 1;  ///< times faster than it is, when it is measured alone
  bool wrong = false;
  bool breaks = false;  ///< fails when it is timed again as a challenger
  bool rots = false;    ///< fails when it is timed again as the champion
  bool broken = false;  ///< does not compile
  int id = 0;           ///< means nothing; makes sources differ
  int padding = 0;      ///< characters of a comment
};
[[nodiscard]] std::string source_of(const Traits& traits);
[[nodiscard]] Traits traits_of(const std::string& source);

/// What one attempt brings, drawn from the parent and the request's seed: mostly a little slower, now
/// and then faster, sometimes wrong or broken.
[[nodiscard]] Traits drawn_child(const Json& request);

/// The one child of a mutator's reply.
[[nodiscard]] Json one_child(const std::string& source);

using Script = std::function<Json(const Json& request, const sdk::Context& context)>;

/// What was asked of the compiler and the device. Thread-safe.
struct Ledger {
  std::vector<std::string> built, measured;                  ///< sources, with repetitions
  std::vector<std::pair<std::string, std::string>> matches;  ///< challenger's source, champion's
  std::size_t measurements_of(const std::string& source) const;
  mutable std::mutex mutex;
};

/// A run of the toy world. Fields may be set before run().
struct Toy {
  Toy();

  TempDir folder;
  EvolutionRequest request;            ///< 5 workloads, 3 islands, deterministic, one mutator
  Script propose;                      ///< drawn_child() by default
  Script repair;                       ///< unsupported by default
  Script complete;                     ///< the model; none by default
  double noise = 0.002;                ///< standard deviation of the log of a latency
  const RunStore* recorded = nullptr;  ///< replays it
  EvolutionObserver observer;
  Ledger ledger;

  [[nodiscard]] std::filesystem::path file() const { return folder.path() / "run.sqlite"; }
  /// Starts a run in `store`, or goes on with it.
  EvolutionEnd run(RunStore& store, std::stop_token stop = {});
  /// The same with a new store in file().
  EvolutionEnd run(std::stop_token stop = {});
  [[nodiscard]] RunStore view() const { return RunStore::view(file()); }

 private:
  BuildResult build(const std::string& source);
  std::unique_ptr<Evaluator> evaluator();
};

/// All programs of a run by id.
[[nodiscard]] std::map<ProgramId, Program> programs_of(const RunStore& run);
/// What a run decided, a line for each program, placement, attempt and question to a model:
/// equal for equal runs.
[[nodiscard]] std::vector<std::string> lineage(const RunStore& run);

}  // namespace fihost::search::test
