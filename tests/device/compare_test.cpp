#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/device/cpu_device.hpp"

using namespace fihost;
using namespace fihost::device;

namespace {

Comparison compare(const std::vector<float>& expected, const std::vector<float>& actual,
                   Tolerance tolerance = {}) {
  const auto device = open_cpu_device();
  const std::uint64_t bytes = expected.size() * sizeof(float);
  auto a = device->allocate(bytes, false), b = device->allocate(bytes, false);
  std::memcpy(a->data(), expected.data(), bytes);
  std::memcpy(b->data(), actual.data(), bytes);
  return device->compare(*a, *b, DType::float32, expected.size(), tolerance);
}

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("an element fails only when both errors are too large") {
  const Tolerance tolerance{.atol = 1.0, .rtol = 0.3, .required_matched_ratio = {}};
  CHECK(compare({100}, {101.5f}, tolerance).failures == 0);  // abs too large, rel fine
  CHECK(compare({0.1f}, {1.0f}, tolerance).failures == 0);   // rel too large, abs fine
  CHECK(compare({2}, {4}, tolerance).failures == 1);
  CHECK(compare({2}, {3}, tolerance).failures == 0);  // abs is not above atol
}

TEST_CASE("errors are maxima over all elements in float32") {
  const Comparison found = compare({1, 10, 0}, {1.5f, 12, 0});
  CHECK(found.total == 3);
  CHECK(found.max_abs == 2.0f);
  CHECK(found.max_rel == 0.5f / (1.0f + 1e-8f));
  CHECK(found.failures == 2);
}

TEST_CASE("infinities and NaN of the actual output are seen, those of the reference match") {
  CHECK(compare({1, 2}, {1, infinity}).has_infinity);
  CHECK(compare({1, 2}, {not_a_number, 2}).has_nan);
  CHECK(std::isnan(compare({1, 2}, {not_a_number, 2}).max_abs));
  const Comparison reference_nan = compare({not_a_number, 2}, {1, 2});
  CHECK(reference_nan.failures == 0);  // comparisons with NaN are false, as in the format
  CHECK_FALSE(reference_nan.has_nan);
}

TEST_CASE("a difference at the last of many elements is found") {
  std::vector<float> expected(200'001, 1.0f), actual = expected;
  actual.back() = 2.0f;
  CHECK(compare(expected, actual).failures == 1);
  CHECK(compare(expected, expected).failures == 0);
}

TEST_CASE("an empty output passes") { CHECK(compare({}, {}).failures == 0); }
