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

TEST_CASE("gpu: comparison, checksum and slack agree with the CPU") {
  const auto cpu = open_cpu_device();
  const auto gpu = open_cuda_device(0);
  constexpr std::uint64_t count = 1'000'001;
  std::vector<std::byte> actual = random_bytes(*cpu, DType::bfloat16, count);
  const auto found = [&](Device& device) {
    const auto expected = device.allocate(2 * count, false),
               output = device.allocate(2 * count, true);
    device.poison(*output);
    device.randomize(*expected, DType::bfloat16, count, 5);
    device.upload(*output, actual);
    CHECK(device.slack_intact(*output));
    return device.compare(*expected, *output, DType::bfloat16, count, Tolerance{});
  };
  const Comparison a = found(*cpu), b = found(*gpu);
  CHECK(a.failures == b.failures);
  CHECK(a.max_abs == b.max_abs);
  CHECK(a.max_rel == b.max_rel);
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
