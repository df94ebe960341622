// What the search knows of measuring: build elsewhere, measure here.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/eval/ranking.hpp"
#include "core/search/program.hpp"

namespace fihost::search {

/// What an evaluator is asked to measure.
struct Contestant {
  std::filesystem::path object;  ///< shared object of the host's own ABI
  std::string name;
  std::string source_digest;  ///< by which measurements are found again
};

/// Which workloads, and how well.
struct Effort {
  std::vector<std::size_t> workloads;  ///< indices into the run's; empty: all of them
  bool quick = false;
};

/// Results for the workloads that were asked for, in their order, without a score.
struct Measured {
  std::vector<WorkloadResult> workloads;
  double seconds = 0;     ///< of the device
  std::string judge_end;  ///< how the judge ended while it measured this; empty: it lives
};

/// One device and its judge. Every function is called by the thread that constructed it. Timings are
/// strictly serial: one object, one device.
class Evaluator {
 public:
  virtual ~Evaluator() = default;

  /// What it measures on and with: device, timer, baseline, seed; without candidates.
  [[nodiscard]] virtual const Ranking& about() const = 0;

  /// Check and time. Never throws for anything a candidate does; throws Error when the judge cannot
  /// be started again, Cancelled on stop.
  [[nodiscard]] virtual Measured measure(const Contestant& contestant, const Effort& effort) = 0;

  /// Time both in turns on every workload, `rounds` times, each round in fresh processes, and compare
  /// them pair by pair. Both must have passed. Ids are left 0. When one of them
  /// fails meanwhile, or the judge ends, nothing is compared: `rounds` is 0, `ratio` 1, nobody has won,
  /// and who failed is named.
  [[nodiscard]] virtual Rematch rematch(const Contestant& challenger, const Contestant& champion,
                                        std::size_t rounds) = 0;
};

}  // namespace fihost::search
