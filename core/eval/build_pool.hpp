// Builds in the background, handed out as they finish.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/build/builder.hpp"

namespace fihost {

/// What one build does; called on a thread of the pool.
using BuildJob =
    std::function<BuildResult(std::chrono::milliseconds timeout, std::stop_token stop)>;

/// One finished build. When the job threw, `error` is its message and `result` is empty.
struct FinishedBuild {
  std::size_t index = 0;  ///< into the jobs
  BuildResult result;
  std::string error;
};

/// Its threads end with it; a stop kills the compilers.
class BuildPool {
 public:
  /// Starts at once, `width` jobs at a time. What the jobs refer to must outlive the pool.
  BuildPool(std::vector<BuildJob> jobs, std::size_t width, std::chrono::milliseconds timeout,
            std::stop_token stop);
  ~BuildPool();
  BuildPool(const BuildPool&) = delete;
  BuildPool& operator=(const BuildPool&) = delete;

  /// The next finished build in order of completion; blocks. None when all were handed out. Throws
  /// Cancelled on stop.
  [[nodiscard]] std::optional<FinishedBuild> next();

 private:
  void work();
  bool take(std::size_t& index);

  std::vector<BuildJob> jobs_;
  std::chrono::milliseconds timeout_;
  std::stop_source abandon_;
  std::stop_callback<std::function<void()>> forward_;
  std::stop_token stop_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::size_t begun_ = 0;
  std::size_t handed_out_ = 0;
  std::deque<FinishedBuild> finished_;
  std::vector<std::jthread> threads_;  // last: they use everything above
};

}  // namespace fihost
