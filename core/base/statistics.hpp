// Order statistics of timing samples. Medians and their distribution-free confidence intervals: no
// sample is ever dropped as an outlier.
#pragma once

#include <span>
#include <vector>

namespace fihost {

/// A closed interval.
struct Interval {
  double low = 0, high = 0;
};

/// Linear-interpolated quantile, 0 <= q <= 1. `samples` need not be sorted; empty gives NaN.
[[nodiscard]] double quantile(std::span<const double> samples, double q);
[[nodiscard]] double median(std::span<const double> samples);

/// 95 % interval of the median from the order statistics at ranks n/2 -+ 0.98 sqrt(n); below six
/// samples the range of all of them.
[[nodiscard]] Interval median_interval(std::span<const double> samples);

/// Two-sided 95 % quantile of Student's t, degrees >= 1.
[[nodiscard]] double student_t975(std::size_t degrees);

/// Half-width of the 95 % interval of the mean of `centres`, relative to that mean: what moves
/// between blocks. NaN below two blocks.
[[nodiscard]] double between_blocks(std::span<const double> centres);

/// exp(mean(log(x))), all x > 0; NaN when empty.
[[nodiscard]] double geometric_mean(std::span<const double> values);

}  // namespace fihost
