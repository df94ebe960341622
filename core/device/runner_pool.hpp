// Runners started ahead of need.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "core/device/runner_process.hpp"

namespace fihost::device {

/// Keeps runners in reserve. Starting and ending processes disturbs a GPU, so the judge asks for
/// quiet before it times anything.
class RunnerPool {
 public:
  RunnerPool(std::string worker, std::string device, std::string flush, std::size_t reserve);

  /// A ready runner that never held a candidate; another one starts at once in the background.
  /// Throws Error when the device gives no context.
  [[nodiscard]] std::unique_ptr<RunnerProcess> take();
  /// Keep at least so many from now on.
  void reserve(std::size_t count);
  /// Returns when those in reserve have finished starting.
  void wait_quiet();

 private:
  void refill();

  std::string worker_, device_, flush_;
  std::size_t reserve_;
  std::deque<std::unique_ptr<RunnerProcess>> spares_;  // oldest first
};

}  // namespace fihost::device
