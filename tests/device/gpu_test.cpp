// What only a GPU can show. Run with `tools/test.sh --gpu`.
#include <doctest/doctest.h>

#include <cstring>

#include "core/device/cpu_device.hpp"
#include "core/device/cuda_device.hpp"

using namespace fihost;
using namespace fihost::device;

namespace {

std::vector<std::byte> random_bytes(Device& device, DType dtype, std::uint64_t count) {
  const auto buffer = device.allocate(bytes(dtype, count), false);
  device.randomize(*buffer, dtype, count, 0x1234567890abcdefull);
  return device.download(*buffer);
}

/// An expectation with normal contents and an output that is off here and there, wrong in one row,
/// and holds what is not finite on one side, the other and both.
std::pair<std::vector<std::byte>, std::vector<std::byte>> spoiled(Device& cpu, DType dtype,
                                                                  std::uint64_t count) {
  const DType drawn = dtype == DType::float4_e2m1 ? DType::int8 : dtype;
  const std::uint64_t size = bytes(dtype, count);
  const std::uint64_t width = std::max(1, bits(drawn) / 8);
  std::vector<std::byte> expected = random_bytes(cpu, drawn, size / width);
  std::vector<std::byte> actual = expected;
  for (std::uint64_t i = 0; i < size; i += 37 * width) actual[i] ^= std::byte{0x11};
  for (std::uint64_t i = size / 2; i < std::min(size, size / 2 + 700 * width); ++i) {
    actual[i] ^= std::byte{0x40};
  }
  const auto set = [&](std::vector<std::byte>& into, std::uint64_t element, int byte) {
    for (std::uint64_t i = 0; i < width; ++i) into[element * width + i] = std::byte(byte);
  };
  set(actual, 3, 0xff);
  set(expected, 5, 0xff);
  set(expected, 9, 0x7c);
  set(actual, 9, 0x7c);
  set(actual, 11, 0x7c);
  set(expected, size / width - 1, 0xff);
  set(actual, size / width - 1, 0x7f);
  return {expected, actual};
}

Comparison compare_bytes(Device& device, const std::vector<std::byte>& expected,
                         const std::vector<std::byte>& actual, const CompareRequest& request) {
  const auto a = device.allocate(expected.size(), false);
  const auto b = device.allocate(actual.size(), false);
  device.upload(*a, expected);
  device.upload(*b, actual);
  return device.compare(*a, *b, request);
}

void check_equal(const Comparison& a, const Comparison& b) {
  CHECK(a.total == b.total);
  CHECK(a.failures == b.failures);
  CHECK(a.max_abs == b.max_abs);
  CHECK(a.max_rel == b.max_rel);
  CHECK(a.has_infinity == b.has_infinity);
  CHECK(a.has_nan == b.has_nan);
  CHECK(a.reference_infinity == b.reference_infinity);
  CHECK(a.reference_nan == b.reference_nan);
  CHECK(a.nonfinite_mismatches == b.nonfinite_mismatches);
  CHECK(a.poisoned == b.poisoned);
  CHECK(a.wrong_rows == b.wrong_rows);
  CHECK(a.worst_row == b.worst_row);
  CHECK(a.worst_patch == b.worst_patch);
}

}  // namespace

TEST_CASE("gpu: random contents are the same bytes as on the CPU") {
  const auto cpu = open_cpu_device();
  const auto gpu = open_cuda_device(0);
  for (const DType dtype :
       {DType::float32, DType::float16, DType::bfloat16, DType::float8_e4m3fn, DType::float8_e5m2,
        DType::int64, DType::int32, DType::int16, DType::int8, DType::boolean}) {
    CAPTURE(name(dtype));
    CHECK(random_bytes(*cpu, dtype, 3'000'003) == random_bytes(*gpu, dtype, 3'000'003));
  }
}

TEST_CASE("gpu: comparison counts what the CPU counts, for every dtype and shape") {
  const auto cpu = open_cpu_device();
  const auto gpu = open_cuda_device(0);
  constexpr std::uint64_t rows = 1003;
  for (const DType dtype : {DType::float32, DType::float16, DType::bfloat16, DType::float8_e4m3fn,
                            DType::float8_e5m2, DType::float4_e2m1, DType::int64, DType::int32,
                            DType::int16, DType::int8, DType::boolean}) {
    for (const std::uint64_t columns : {1ull, 7ull, 100ull, 129ull, 1024ull, 20'000ull}) {
      CAPTURE(name(dtype));
      CAPTURE(columns);
      const auto [expected, actual] = spoiled(*cpu, dtype, rows * columns);
      for (const double rtol : {1e-2, 0.3}) {
        const Tolerance tolerance{.atol = 0.01, .rtol = rtol, .required_matched_ratio = 0.9};
        const CompareRequest request{dtype, row_grid(rows * columns, columns), tolerance,
                                     poison_byte};
        check_equal(compare_bytes(*cpu, expected, actual, request),
                    compare_bytes(*gpu, expected, actual, request));
      }
    }
  }
}

TEST_CASE("gpu: unwritten elements are counted as on the CPU") {
  const auto gpu = open_cuda_device(0);
  const auto a = gpu->allocate(4000, false), b = gpu->allocate(4000, false);
  gpu->fill(*a, poison_byte);
  gpu->fill(*b, second_poison_byte);
  CHECK(gpu->count_unwritten(*a, *b, DType::float32, 1000) == 1000);
  CHECK(gpu->count_unwritten(*a, *b, DType::float4_e2m1, 8000) == 8000);
  CHECK(gpu->count_unwritten(*a, *a, DType::int8, 4000) == 0);
  gpu->copy(*b, *a);
  CHECK(gpu->download(*b) == gpu->download(*a));
}

TEST_CASE("gpu: checksums see one flipped bit, and slack is watched") {
  const auto gpu = open_cuda_device(0);
  const auto output = gpu->allocate(1'000'001, true);
  gpu->poison(*output);
  gpu->fill(*output, 0);
  CHECK(gpu->slack_intact(*output));
  const auto one = gpu->allocate(1 << 20, true);
  gpu->randomize(*one, DType::float8_e4m3fn, 1 << 20, 3);
  const auto sum = gpu->checksum(*one);
  CHECK(sum == gpu->checksum(*one));
  auto content = gpu->download(*one);
  content[777] ^= std::byte{1};
  gpu->upload(*one, content);
  CHECK(sum != gpu->checksum(*one));
}

TEST_CASE("gpu: a null call behind the gate takes a few microseconds, a waiting call is noticed") {
  const auto gpu = open_cuda_device(0);
  for (const FlushRule rule : {FlushRule::zero, FlushRule::read}) {
    const auto stopwatch = gpu->make_stopwatch(rule);
    double best = 1e9;
    for (int i = 0; i < 50; ++i) {
      const Sample sample = stopwatch->time([] { return FIHOST_OK; });
      CHECK_FALSE(sample.waited);
      best = std::min(best, sample.ms);
    }
    CHECK(best < 0.02);
    const Sample waiting = stopwatch->time([&] {
      CHECK(gpu->synchronize().empty());
      return FIHOST_OK;
    });
    CHECK(waiting.waited);
  }
}
