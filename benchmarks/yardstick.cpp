#include "benchmarks/yardstick.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "core/base/error.hpp"

namespace fihost::bench {
namespace {

constexpr int passes = 7;

/// Bytes per second of the fastest of several calls that move `bytes`.
double best_rate(std::uint64_t bytes, const std::function<void()>& pass) {
  double best = 0;
  for (int i = 0; i < passes; ++i) {
    const auto start = std::chrono::steady_clock::now();
    pass();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(bytes) / elapsed.count());
  }
  return best;
}

void on_all_cores(std::uint64_t count,
                  const std::function<void(std::uint64_t, std::uint64_t)>& body) {
  const std::uint64_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::uint64_t step = (count + cores - 1) / cores;
  std::vector<std::jthread> threads;
  for (std::uint64_t i = 1; i < cores; ++i) {
    threads.emplace_back(body, std::min(count, i * step), std::min(count, (i + 1) * step));
  }
  body(0, std::min(count, step));
}

/// Eight independent sums, so that additions do not wait for each other.
std::uint64_t sum_of(const std::uint64_t* words, std::uint64_t count) {
  std::uint64_t sum[8] = {};
  for (std::uint64_t i = 0; i + 8 <= count; i += 8) {
    for (int lane = 0; lane < 8; ++lane) sum[lane] += words[i + static_cast<unsigned>(lane)];
  }
  std::uint64_t total = 0;
  for (const std::uint64_t each : sum) total += each;
  return total;
}

}  // namespace

Yardstick measure_cpu(std::uint64_t bytes) {
  const std::uint64_t count = bytes / 8;
  std::vector<std::uint64_t> from(count, 1), to(count, 2);
  Yardstick found;
  volatile std::uint64_t sink = 0;
  found.read = best_rate(bytes, [&] {
    on_all_cores(count, [&](std::uint64_t begin, std::uint64_t end) {
      sink = sum_of(from.data() + begin, end - begin);
    });
  });
  int value = 0;
  found.write = best_rate(bytes, [&] {
    ++value;
    on_all_cores(count, [&](std::uint64_t begin, std::uint64_t end) {
      std::memset(to.data() + begin, value, 8 * (end - begin));
    });
  });
  found.copy = best_rate(2 * bytes, [&] {
    on_all_cores(count, [&](std::uint64_t begin, std::uint64_t end) {
      std::memcpy(to.data() + begin, from.data() + begin, 8 * (end - begin));
    });
  });
  return found;
}

Yardstick measure_cuda(device::Device& device, std::uint64_t bytes) {
  const auto from = device.allocate(bytes, false), to = device.allocate(bytes, false);
  if (!from || !to) fail("{} has no room for two buffers of {} bytes", device.info().name, bytes);
  const auto settled = [&](const std::function<void()>& work) {
    work();
    const std::string fault = device.synchronize();
    if (!fault.empty()) fail("{}: {}", device.info().name, fault);
  };
  settled([&] { device.fill(*from, 1); });
  Yardstick found;
  found.write = best_rate(bytes, [&] { settled([&] { device.fill(*to, 2); }); });
  found.copy = best_rate(2 * bytes, [&] { settled([&] { device.copy(*to, *from); }); });
  found.read = found.copy;
  return found;
}

}  // namespace fihost::bench
