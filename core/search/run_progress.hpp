// What a run of the evolution says of itself while it goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/statistics.hpp"
#include "core/search/program.hpp"

namespace fihost {

/// Three things are counted apart: proposals that were asked for, children that were evaluated, and
/// children that were better beyond the noise.
struct RunProgress {
  /// The champion. Nothing but the name is set while it is the seed itself.
  struct Best {
    std::string name;
    std::optional<double> score;
    std::optional<double> ratio;       ///< its speed over the seed's
    std::optional<Interval> interval;  ///< 95 %, of the ratio
  };
  /// The champion on a group of workloads, or on one.
  struct Speedup {
    std::string label;  ///< "small", "seq_len=7"
    double value = 0;   ///< over the run's baseline
  };
  struct Island {
    std::size_t size = 0, cells = 0;  ///< programs; cells that have an owner
    std::optional<double> best;       ///< score
  };
  struct Job {
    std::string what;  ///< "proposing", "building", "measuring", "profiling"
    std::string who;   ///< "llm_diff for island 2", "gen_42"
    double seconds = 0;
  };

  std::string definition, device;
  std::uint64_t iteration = 0;  ///< evaluated children
  std::uint64_t max_iterations = 0;
  std::uint64_t proposals = 0, improvements = 0;
  std::optional<std::uint64_t>
      patience_left;  ///< children without an improvement until it stops; none: never
  Best best;
  std::vector<Speedup> speedups;
  std::vector<Island> islands;
  std::vector<std::pair<search::Outcome, std::uint64_t>> outcomes;  ///< those that happened
  std::vector<Job> jobs;                                            ///< in flight
  double tokens = 0;
  std::optional<double> usd;  ///< none: no price is known
  double gpu_seconds = 0;     ///< of the device
  double elapsed_seconds = 0;
  std::optional<double> eta_seconds;  ///< none: no telling yet
};

}  // namespace fihost
