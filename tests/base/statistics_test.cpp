#include "core/base/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

using doctest::Approx;
using fihost::between_blocks;
using fihost::geometric_mean;
using fihost::median;
using fihost::median_interval;
using fihost::quantile;
using fihost::student_t975;

namespace {

/// 1, 2, ..., n in an order that is not sorted.
std::vector<double> shuffled(std::size_t n) {
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i * 7 % n] = static_cast<double>(i + 1);
  return out;
}

}  // namespace

TEST_CASE("statistics: quantiles interpolate between order statistics") {
  const std::vector<double> samples = {4, 1, 3, 2};
  CHECK(median(samples) == 2.5);
  CHECK(quantile(samples, 0) == 1);
  CHECK(quantile(samples, 1) == 4);
  CHECK(quantile(samples, 0.1) == Approx(1.3));
  CHECK(median(std::vector<double>{7}) == 7);
  CHECK(std::isnan(median({})));
}

TEST_CASE("statistics: the interval of the median has the ranks of its rule") {
  // n = 100: ranks 40 and 61, of samples that equal their rank.
  CHECK(median_interval(shuffled(100)).low == 40);
  CHECK(median_interval(shuffled(100)).high == 61);
  CHECK(median_interval(shuffled(10)).low == 1);
  CHECK(median_interval(shuffled(10)).high == 10);
  CHECK(median_interval(shuffled(5)).low == 1);
  CHECK(median_interval(shuffled(5)).high == 5);
  CHECK(std::isnan(median_interval({}).low));
}

TEST_CASE("statistics: Student's t is the table's") {
  CHECK(student_t975(1) == Approx(12.706));
  CHECK(student_t975(10) == Approx(2.228));
  CHECK(student_t975(30) == Approx(2.042));
  CHECK(student_t975(60) == Approx(2.000).epsilon(0.001));
  CHECK(student_t975(1000) == Approx(1.962).epsilon(0.001));
  CHECK(std::isinf(student_t975(0)));
}

TEST_CASE("statistics: what moves between blocks is relative to their mean") {
  // Mean 10, deviation 1, n = 3: 4.303 / sqrt(3) / 10.
  CHECK(between_blocks(std::vector<double>{9, 10, 11}) == Approx(0.24843).epsilon(1e-4));
  CHECK(between_blocks(std::vector<double>{5, 5, 5}) == 0);
  CHECK(std::isnan(between_blocks(std::vector<double>{5})));
}

TEST_CASE("statistics: the geometric mean of reciprocals is one") {
  CHECK(geometric_mean(std::vector<double>{0.25, 4}) == Approx(1));
  CHECK(geometric_mean(std::vector<double>{2, 8}) == Approx(4));
  CHECK(std::isnan(geometric_mean({})));
}
