// Loops that are split over the machine's cores.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace fihost::device {

/// Call body(begin, end) on slices of [0, count), one a core and none smaller than `grain`; returns
/// when all have. What fits in one slice stays on this thread. `body` must not throw.
inline void on_all_cores(std::uint64_t count, std::uint64_t grain,
                         const std::function<void(std::uint64_t, std::uint64_t)>& body) {
  const std::uint64_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::uint64_t slices = std::clamp<std::uint64_t>(count / grain, 1, cores);
  const std::uint64_t step = (count + slices - 1) / slices;
  std::vector<std::jthread> threads;
  for (std::uint64_t i = 1; i < slices; ++i) {
    threads.emplace_back(body, std::min(count, i * step), std::min(count, (i + 1) * step));
  }
  body(0, std::min(count, step));
}

}  // namespace fihost::device
