// One fihost at a time per device: two that time at once would both be wrong.
#pragma once

#include <functional>
#include <string>

#include "core/base/unique_fd.hpp"

namespace fihost::device {

/// Advisory lock on a file named after the device, shared by all users of the machine. Released when
/// the process ends, however it ends.
class DeviceLock {
 public:
  /// Waits until the device is free; `on_wait` is called once if it has to. Throws Error when the
  /// lock file cannot be opened.
  DeviceLock(const std::string& device_id, const std::function<void()>& on_wait);

 private:
  UniqueFd fd_;
};

}  // namespace fihost::device
