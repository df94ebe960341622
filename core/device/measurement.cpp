#include "core/device/measurement.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/statistics.hpp"
#include "core/device/message.hpp"

namespace fihost::device {
namespace {

/// Relative half-width of the 95 % interval of fewer than six samples.
double few_samples_half_width(const std::vector<double>& samples) {
  constexpr double single = 0.1;
  const double between = between_blocks(samples);  // every sample a block of its own
  return std::isnan(between) ? single : between;
}

}  // namespace

TimingPolicy timing_policy(bool quick, bool cpu) {
  TimingPolicy policy;
  if (cpu) {
    // A shared processor is noisier than a GPU, and calls are longer.
    policy.processes = 2;
    policy.precision = 0.01;
    policy.block_ms = 30;
    policy.warmup_ms = 15;
    policy.budget_ms = 300;
  }
  if (quick) {
    policy.processes = 1;
    policy.precision = 0.03;
    policy.min_blocks = 2;
    policy.min_samples = 6;
    policy.least_samples = 2;
    policy.block_ms = cpu ? 10 : 2;
    policy.warmup_ms = 0;
    policy.budget_ms = cpu ? 60 : 8;
  }
  return policy;
}

std::uint32_t Measurement::next_block() const {
  if (!warm_) return sample_wall_ms_ == 0 ? 1 : 2 + static_cast<std::uint32_t>(4 / sample_wall_ms_);
  const auto taken = static_cast<std::uint32_t>(samples_.size());
  const double left = policy_.budget_ms - spent_ms_;
  if (taken >= policy_.least_samples) {
    const bool minima = taken >= policy_.min_samples && centres_.size() >= policy_.min_blocks;
    if (left < sample_wall_ms_ || (minima && precise_enough())) return 0;
  }
  const double by_time = policy_.block_ms / sample_wall_ms_;
  const double by_budget = std::max(left / sample_wall_ms_, 1.0);
  const double count = std::min({by_time, by_budget, static_cast<double>(max_samples)});
  return std::max(1u, static_cast<std::uint32_t>(count));
}

void Measurement::add(const double* samples_ms, std::uint32_t count, double wall_ms) {
  if (count == 0) return;
  sample_wall_ms_ = std::max(1e-3, wall_ms / count);
  if (!warm_) {
    warm_wall_ms_ += wall_ms;
    warm_ = warm_wall_ms_ >= policy_.warmup_ms;
    // A call that fills a block by itself was warmed by its checked run: keep what it cost.
    const bool slow = count == 1 && samples_ms[0] >= policy_.budget_ms / policy_.min_blocks;
    if (!slow) return;
    warm_ = true;
  }
  spent_ms_ += wall_ms;
  samples_.insert(samples_.end(), samples_ms, samples_ms + count);
  centres_.push_back(median({samples_ms, count}));
}

bool Measurement::precise_enough() const {
  const double centre = median(samples_);
  const Interval interval = median_interval(samples_);
  const double within = (interval.high - interval.low) / (2 * centre);
  return std::max(within, between_blocks(centres_)) <= policy_.precision;
}

Timing Measurement::summary() const {
  Timing timing;
  timing.latency_ms = median(samples_);
  const Interval interval = median_interval(samples_);
  // The wider of the two views of the uncertainty: spread of samples, and drift between blocks. Few
  // samples have no order statistics to speak of: Student's interval, and a tenth for a single one.
  const double between = between_blocks(centres_);
  double drift = std::isnan(between) ? 0 : between * timing.latency_ms;
  if (samples_.size() < 6)
    drift = std::max(drift, timing.latency_ms * few_samples_half_width(samples_));
  timing.low_ms = std::min(interval.low, timing.latency_ms - drift);
  timing.high_ms = std::max(interval.high, timing.latency_ms + drift);
  timing.min_ms = quantile(samples_, 0);
  timing.p10_ms = quantile(samples_, 0.1);
  timing.p90_ms = quantile(samples_, 0.9);
  timing.samples = samples_.size();
  timing.processes_ms = {timing.latency_ms};
  return timing;
}

Timing merge_processes(const std::vector<Timing>& parts) {
  if (parts.size() == 1) return parts.front();
  Timing all;
  std::vector<double> clocks;
  const auto count = static_cast<double>(parts.size());
  double within = 0;
  all.min_ms = parts.front().min_ms;
  for (const Timing& part : parts) {
    all.latency_ms += part.latency_ms / count;
    all.p10_ms += part.p10_ms / count;
    all.p90_ms += part.p90_ms / count;
    all.min_ms = std::min(all.min_ms, part.min_ms);
    all.samples += part.samples;
    all.processes_ms.push_back(part.latency_ms);
    // One sample knows nothing of its own spread; the processes do.
    if (part.samples > 1) within += (part.high_ms - part.low_ms) / (2 * count);
    if (part.sm_mhz > 0) clocks.push_back(part.sm_mhz);
    if (!part.throttle.empty()) all.throttle = part.throttle;
  }
  const double between = between_blocks(all.processes_ms) * all.latency_ms;
  const double half_width = std::max(between, within / std::sqrt(count));
  all.low_ms = all.latency_ms - half_width;
  all.high_ms = all.latency_ms + half_width;
  if (!clocks.empty()) all.sm_mhz = median(clocks);
  return all;
}

}  // namespace fihost::device
