#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/device/cpu_device.hpp"
#include "core/device/cpu_kernels.hpp"

using namespace fihost;
using namespace fihost::device;

namespace {

/// `columns` 0: everything is one row.
Comparison compare(const std::vector<float>& expected, const std::vector<float>& actual,
                   Tolerance tolerance = {}, std::uint64_t columns = 0) {
  const auto device = open_cpu_device();
  const std::uint64_t bytes = expected.size() * sizeof(float);
  auto a = device->allocate(bytes, false), b = device->allocate(bytes, false);
  if (bytes > 0) {
    std::memcpy(a->data(), expected.data(), bytes);
    std::memcpy(b->data(), actual.data(), bytes);
  }
  const auto grid = row_grid(expected.size(), columns == 0 ? expected.size() : columns);
  return device->compare(*a, *b, {DType::float32, grid, tolerance, poison_byte});
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

TEST_CASE("NaN and infinities match only where the reference has the same") {
  CHECK(compare({1, 2}, {1, infinity}).has_infinity);
  CHECK(compare({1, 2}, {1, infinity}).nonfinite_mismatches == 1);
  CHECK(compare({1, 2}, {not_a_number, 2}).has_nan);
  CHECK(compare({1, 2}, {not_a_number, 2}).nonfinite_mismatches == 1);
  CHECK(compare({not_a_number, 2}, {1, 2}).nonfinite_mismatches == 1);
  CHECK(compare({infinity, infinity}, {-infinity, 1}).nonfinite_mismatches == 2);
  CHECK(compare({not_a_number, infinity}, {infinity, not_a_number}).nonfinite_mismatches == 2);
  const Comparison same =
      compare({not_a_number, infinity, -infinity, 1}, {-not_a_number, infinity, -infinity, 1.5f});
  CHECK(same.nonfinite_mismatches == 0);
  CHECK(same.failures == 1);
  CHECK(same.max_abs == 0.5f);  // finite elements alone
}

TEST_CASE("what is not finite in the reference fails nothing, as in the format") {
  const Comparison found = compare({not_a_number, infinity, 2}, {1, 2, 2});
  CHECK(found.failures == 0);
  CHECK_FALSE(found.has_nan);
  CHECK(found.reference_nan);
  CHECK(found.reference_infinity);
}

TEST_CASE("a difference that overflows is infinite, not a NaN or a mismatch") {
  const Comparison found = compare({-3e38f}, {3e38f});
  CHECK(found.failures == 1);
  CHECK(found.max_abs == infinity);
  CHECK(found.nonfinite_mismatches == 0);
}

TEST_CASE("elements that hold the poison are counted bit by bit") {
  float poisoned;
  std::memset(&poisoned, poison_byte, sizeof poisoned);
  CHECK(compare({1, 2, 3}, {1, poisoned, poisoned}).poisoned == 2);
  CHECK(compare({1, not_a_number}, {1, not_a_number}).poisoned == 0);
}

TEST_CASE("an element counts as unwritten only if it kept both poisons") {
  const auto device = open_cpu_device();
  for (const DType dtype : {DType::float32, DType::bfloat16, DType::int8, DType::boolean,
                            DType::float4_e2m1, DType::int64}) {
    CAPTURE(name(dtype));
    constexpr std::uint64_t count = 1000;
    const auto a = device->allocate(bytes(dtype, count), false);
    const auto b = device->allocate(bytes(dtype, count), false);
    device->fill(*a, poison_byte);
    device->fill(*b, second_poison_byte);
    CHECK(device->count_unwritten(*a, *b, dtype, count) == count);
    a->data()[a->bytes() - 1] = std::byte{0};
    b->data()[0] = std::byte{0};
    const std::uint64_t each = dtype == DType::float4_e2m1 ? 2 : 1;  // elements a byte touches
    CHECK(device->count_unwritten(*a, *b, dtype, count) == count - 2 * each);
    CHECK(device->count_unwritten(*a, *a, dtype, count) == 0);
  }
}

TEST_CASE("failures that fill a patch make their row wrong, scattered ones do not") {
  const Tolerance tolerance{.atol = 0.01, .rtol = 0.01, .required_matched_ratio = 0.95};
  constexpr std::uint64_t rows = 300, columns = 1000;
  const std::vector<float> expected(rows * columns, 1.0f);
  std::vector<float> actual = expected;
  for (std::size_t i = 0; i < actual.size(); i += 25) actual[i] = 2;
  const Comparison noise = compare(expected, actual, tolerance, columns);
  CHECK(noise.failures == rows * columns / 25);
  CHECK(noise.wrong_rows == 0);
  CHECK(noise.worst_patch < 0.06f);
  for (std::size_t i = 0; i < 65; ++i) actual[17 * columns + 128 + i] = 2;  // more than half
  for (std::size_t i = 0; i < columns; ++i) actual[299 * columns + i] = 2;
  const Comparison damage = compare(expected, actual, tolerance, columns);
  CHECK(damage.wrong_rows == 2);
  CHECK(packed_row(damage.worst_row) == 299);
  CHECK(packed_failures(damage.worst_row) == columns);
  CHECK(damage.worst_patch == 1.0f);
}

TEST_CASE("every width of vectors finds the same, in every type") {
  const auto device = open_cpu_device();
  constexpr std::uint64_t rows = 7, columns = 1003;
  for (const DType dtype :
       {DType::float32, DType::float16, DType::bfloat16, DType::float8_e4m3fn, DType::float8_e5m2,
        DType::int64, DType::int32, DType::int16, DType::int8, DType::boolean}) {
    CAPTURE(name(dtype));
    const std::uint64_t size = bytes(dtype, rows * columns);
    const auto a = device->allocate(size, false), b = device->allocate(size, false);
    device->randomize(*a, dtype, rows * columns, 1);
    device->randomize(*b, dtype, rows * columns, 1);
    for (std::uint64_t i = 0; i < size; i += 97) b->data()[i] ^= std::byte{0x55};
    std::memset(b->data() + size / 2, poison_byte, 16);
    const CompareRequest request{dtype, row_grid(rows * columns, columns), {}, poison_byte};
    const auto with = [&](Vectors vectors) {
      return compare_on_cpu(a->data(), b->data(), request, vectors);
    };
    const Comparison plain = with(Vectors::plain);
    CHECK(plain.failures > 0);
    for (const Vectors vectors : {Vectors::avx2, Vectors::avx512}) {
      if (vectors > widest_vectors()) continue;
      const Comparison wide = with(vectors);
      CHECK(wide.failures == plain.failures);
      CHECK(wide.max_abs == plain.max_abs);
      CHECK(wide.max_rel == plain.max_rel);
      CHECK(wide.poisoned == plain.poisoned);
      CHECK(wide.nonfinite_mismatches == plain.nonfinite_mismatches);
      CHECK(wide.worst_patch == plain.worst_patch);
    }
  }
}

TEST_CASE("narrow outputs are joined and wide ones are cut into rows") {
  CHECK(row_grid(1000, 8).rows() == 8);
  CHECK(row_grid(1000, 8).end(7) == 1000);
  CHECK(row_grid(40 * 1000, 1000).rows() == 40);
  const RowGrid wide = row_grid(3 * 20'000, 20'000);
  CHECK(wide.rows() == 9);
  CHECK(wide.begin(4) == 20'000 + 8192);
  CHECK(wide.end(5) == 40'000);
  std::vector<float> expected(3 * 20'000, 1.0f), actual = expected;
  for (std::size_t i = 2 * 20'000 - 128; i < 2 * 20'000; ++i) actual[i] = 2;
  const Comparison found = compare(expected, actual, {}, 20'000);
  CHECK(found.wrong_rows == 1);
  CHECK(packed_row(found.worst_row) == 5);
  CHECK(row_grid(0, 0).rows() == 0);
}

TEST_CASE("a difference at the last of many elements is found") {
  std::vector<float> expected(200'001, 1.0f), actual = expected;
  actual.back() = 2.0f;
  CHECK(compare(expected, actual).failures == 1);
  CHECK(compare(expected, expected).failures == 0);
}

TEST_CASE("an empty output passes") { CHECK(compare({}, {}).failures == 0); }
