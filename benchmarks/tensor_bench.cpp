// What is done to whole tensors: random contents, comparison, checksum, poison.
#include <memory>

#include "benchmarks/bench.hpp"
#include "core/base/error.hpp"

namespace fihost::bench {
namespace {

using device::Buffer;

constexpr DType random_types[] = {
    DType::float32, DType::float16, DType::bfloat16, DType::float8_e4m3fn, DType::float8_e5m2,
    DType::int64,   DType::int32,   DType::int16,    DType::int8,          DType::boolean};
constexpr DType compared_types[] = {DType::float32,       DType::float16, DType::bfloat16,
                                    DType::float8_e4m3fn, DType::int32,   DType::int8};

Buffer make(const Target& target, std::uint64_t bytes) {
  auto buffer = target.device.allocate(bytes, false);
  if (!buffer) fail("{} has no room for {} bytes", target.device.info().name, bytes);
  target.device.fill(*buffer, 0);  // no page is touched for the first time while time is taken
  return std::move(*buffer);
}

void settle(const Target& target) {
  const std::string fault = target.device.synchronize();
  if (!fault.empty()) fail("{}: {}", target.device.info().name, fault);
}

void add_random(const Target& target, DType dtype) {
  add(fmt::format("random/{}/{}", target.name, name(dtype)), benchmark::kMillisecond,
      [target, dtype](benchmark::State& state) {
        const Buffer buffer = make(target, target.bytes);
        const std::uint64_t elements = target.bytes * 8 / static_cast<unsigned>(bits(dtype));
        std::uint64_t key = 1;
        for (auto _ : state) {
          target.device.randomize(buffer, dtype, elements, ++key);
          settle(target);
        }
        report_rate(state, target.bytes, target.memory.write);
      });
}

/// Rows of 7168. An output that is what a good kernel gives differs from its expectation here and
/// there in the last bits; `far` is another draw, where every element is off.
void add_compare(const Target& target, DType dtype, bool far) {
  add(fmt::format("compare/{}/{}{}", target.name, name(dtype), far ? "/unrelated" : ""),
      benchmark::kMillisecond, [target, dtype, far](benchmark::State& state) {
        const std::uint64_t half = target.bytes / 2;
        const Buffer expected = make(target, half), actual = make(target, half);
        const std::uint64_t wide = half * 8 / static_cast<unsigned>(bits(dtype));
        const std::uint64_t elements = wide / 7168 * 7168;
        target.device.randomize(expected, dtype, elements, 1);
        target.device.randomize(actual, dtype, elements, far ? 2 : 1);
        device::CompareRequest request;
        request.dtype = dtype;
        request.grid = device::row_grid(elements, 7168);
        request.poison = device::poison_byte;
        for (auto _ : state) {
          benchmark::DoNotOptimize(target.device.compare(expected, actual, request));
        }
        report_rate(state, 2 * half, target.memory.read);
      });
}

}  // namespace

void add_tensors(const Target& target) {
  for (const DType dtype : random_types) add_random(target, dtype);
  for (const DType dtype : compared_types) {
    add_compare(target, dtype, false);
    add_compare(target, dtype, true);
  }
  add("checksum/" + target.name, benchmark::kMillisecond, [target](benchmark::State& state) {
    const Buffer buffer = make(target, target.bytes);
    for (auto _ : state) benchmark::DoNotOptimize(target.device.checksum(buffer));
    report_rate(state, target.bytes, target.memory.read);
  });
  add("poison/" + target.name, benchmark::kMillisecond, [target](benchmark::State& state) {
    const Buffer buffer = make(target, target.bytes);
    for (auto _ : state) {
      target.device.fill(buffer, device::poison_byte);
      settle(target);
    }
    report_rate(state, target.bytes, target.memory.write);
  });
}

}  // namespace fihost::bench
