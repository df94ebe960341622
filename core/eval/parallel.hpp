// The same work on many things at once.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

namespace fihost {

/// work(0) .. work(count - 1) on at most `jobs` threads; returns when all are done, or, after a stop,
/// when those begun are. `work` is called from several threads and must not throw.
inline void for_each_parallel(std::size_t count, std::size_t jobs, const std::stop_token& stop,
                              const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto drain = [&] {
    while (!stop.stop_requested()) {
      const auto index = next.fetch_add(1);
      if (index >= count) return;
      work(index);
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min(count, std::max<std::size_t>(jobs, 1)); ++i) {
    threads.emplace_back(drain);
  }
}

}  // namespace fihost
