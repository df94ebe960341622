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
  double precision = 0.003;  ///< relative
  std::uint32_t min_blocks = 5;
  std::uint32_t min_samples = 15;
  std::uint32_t least_samples = 3;
  double block_ms = 8;     ///< aimed-at wall time of one block
  double warmup_ms = 8;    ///< wall time of discarded samples before the first block
  double budget_ms = 110;  ///< wall time of all blocks
};

/// `quick` is for screening; the default is what a claim may rest on.
[[nodiscard]] TimingPolicy timing_policy(bool quick, bool cpu);

/// Collects blocks for one candidate on one workload.
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

}  // namespace fihost::device
