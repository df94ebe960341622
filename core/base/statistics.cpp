#include "core/base/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

namespace fihost {
namespace {

std::vector<double> sorted(std::span<const double> samples) {
  std::vector<double> out(samples.begin(), samples.end());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

double quantile(std::span<const double> samples, double q) {
  if (samples.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto order = sorted(samples);
  const double position = q * static_cast<double>(order.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, order.size() - 1);
  const double weight = position - static_cast<double>(below);
  return order[below] + weight * (order[above] - order[below]);
}

double median(std::span<const double> samples) { return quantile(samples, 0.5); }

Interval median_interval(std::span<const double> samples) {
  const auto order = sorted(samples);
  if (order.empty()) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    return {nan, nan};
  }
  const auto n = static_cast<double>(order.size());
  if (order.size() < 6) return {order.front(), order.back()};
  // One-based ranks l = floor(n/2 - 0.98 sqrt(n)), u = ceil(1 + n/2 + 0.98 sqrt(n)).
  const double low = std::max(1.0, std::floor(n / 2 - 0.98 * std::sqrt(n)));
  const double high = std::min(n, std::ceil(1 + n / 2 + 0.98 * std::sqrt(n)));
  return {order[static_cast<std::size_t>(low) - 1], order[static_cast<std::size_t>(high) - 1]};
}

double student_t975(std::size_t degrees) {
  static constexpr std::array<double, 30> table = {
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
      2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
      2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (degrees == 0) return std::numeric_limits<double>::infinity();
  if (degrees <= table.size()) return table[degrees - 1];
  return 1.96 + 2.5 / static_cast<double>(degrees);  // within 0.002 of the exact value here
}

double between_blocks(std::span<const double> centres) {
  const auto n = static_cast<double>(centres.size());
  if (centres.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const double mean = std::accumulate(centres.begin(), centres.end(), 0.0) / n;
  double squares = 0;
  for (const double x : centres) squares += (x - mean) * (x - mean);
  const double deviation = std::sqrt(squares / (n - 1));
  return student_t975(centres.size() - 1) * deviation / (std::sqrt(n) * mean);
}

double geometric_mean(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const double x : values) sum += std::log(x);
  return std::exp(sum / static_cast<double>(values.size()));
}

}  // namespace fihost
