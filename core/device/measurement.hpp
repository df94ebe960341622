// When enough samples were taken.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/trial.hpp"

namespace fihost::device {

/// Stop when both half-widths of the 95 % interval (of the median over all samples, and of the mean
/// of the blocks' medians) are within `precision` and the minima are met, or when the budget is
/// spent. Slow calls get `least_samples` whatever the budget says.
struct TimingPolicy {
  std::uint32_t processes = 3;  ///< fresh processes that time the candidate, one after the other
  double precision = 0.003;     ///< relative
  std::uint32_t min_blocks = 3;
  std::uint32_t min_samples = 9;
  std::uint32_t least_samples = 1;
  double block_ms = 4;    ///< aimed-at wall time of one block
  double warmup_ms = 4;   ///< wall time of discarded samples before the first block
  double budget_ms = 40;  ///< wall time of all blocks of one process
};

/// `quick` is for screening; the default is what a claim may rest on.
[[nodiscard]] TimingPolicy timing_policy(bool quick, bool cpu);

/// Collects blocks of one process for one candidate on one workload.
class Measurement {
 public:
  explicit Measurement(const TimingPolicy& policy) : policy_(policy) {}

  /// Samples to ask for next; 0 when done.
  [[nodiscard]] std::uint32_t next_block() const;
  /// `wall_ms` is what the judge's clock saw for the whole block, flushes included.
  void add(const double* samples_ms, std::uint32_t count, double wall_ms);

  /// Needs at least one sample.
  [[nodiscard]] Timing summary() const;

 private:
  [[nodiscard]] bool precise_enough() const;

  TimingPolicy policy_;
  std::vector<double> samples_;
  std::vector<double> centres_;
  double warm_wall_ms_ = 0;
  double sample_wall_ms_ = 0;  // of the latest block, per sample
  double spent_ms_ = 0;
  bool warm_ = false;
};

/// What several processes found, as one: the mean of their latencies. The interval is the wider of
/// Student's over the processes and the mean one within them. What differs between processes (where
/// code and contexts lie) is the larger part for calls of a few microseconds.
[[nodiscard]] Timing merge_processes(const std::vector<Timing>& parts);

}  // namespace fihost::device
