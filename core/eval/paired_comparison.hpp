// Which of two candidates is faster, from latencies that were taken in turns.
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/statistics.hpp"

namespace fihost {

/// Milliseconds, [workload][round]. In a round both were timed right after each other.
struct PairedLatencies {
  std::vector<std::vector<double>> challenger, champion;
};

struct PairedComparison {
  double ratio = 1;  ///< challenger's speed over champion's, geometric mean over the workloads
  Interval interval{1, 1};  ///< 95 %
  bool won = false;         ///< the interval lies above 1 by more than the tie floor
};

/// What two candidates must differ by to be told apart at all: quick_tie_floor on the CPU and below
/// three rounds, tie_floor else.
[[nodiscard]] double match_floor(bool cpu, std::size_t rounds);

/// Each round gives one number, the mean over the workloads of log(champion / challenger): drift that
/// is slower than a round has no part in it, and what a process is slow by everywhere is in it once.
/// The interval is Student's over these numbers. It is never narrower than what the workloads
/// of one round disagree by allows (the residuals of the pairs after workload and round are taken out):
/// few rounds can agree by chance. Throws Error for fewer than two rounds, unequal numbers of them, or a
/// latency that is not above 0.
[[nodiscard]] PairedComparison compare_pairs(const PairedLatencies& latencies, double floor);

}  // namespace fihost
