// Runners started ahead of need.
#pragma once

#include <memory>
#include <string>

#include "core/device/runner_process.hpp"

namespace fihost::device {

/// Keeps one runner in reserve. Starting and ending processes disturbs a GPU, so the judge asks for
/// quiet before it times anything.
class RunnerPool {
 public:
  RunnerPool(std::string worker, std::string device, std::string flush);

  /// A ready runner that never held a candidate; the next one starts at once in the background.
  /// Throws Error when the device gives no context.
  [[nodiscard]] std::unique_ptr<RunnerProcess> take();
  /// Returns when the one in reserve has finished starting.
  void wait_quiet();

 private:
  void start();

  std::string worker_, device_, flush_;
  std::unique_ptr<RunnerProcess> spare_;
};

}  // namespace fihost::device
