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

/// One finished build. When the builder threw, `error` is its message and `result` is empty.
struct FinishedBuild {
  std::size_t index = 0;  ///< into the requests
  BuildResult result;
  std::string error;
};

/// Its threads end with it; a stop kills the compilers.
class BuildPool {
 public:
  /// Starts at once. `builder` must outlive the pool.
  BuildPool(const Builder& builder, std::vector<BuildRequest> requests, std::size_t jobs,
            std::chrono::milliseconds timeout, std::stop_token stop);
  ~BuildPool();
  BuildPool(const BuildPool&) = delete;
  BuildPool& operator=(const BuildPool&) = delete;

  /// The next finished build in order of completion; blocks. None when all were handed out. Throws
  /// Cancelled on stop.
  [[nodiscard]] std::optional<FinishedBuild> next();

 private:
  void work();
  bool take(std::size_t& index);

  const Builder& builder_;
  std::vector<BuildRequest> requests_;
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
