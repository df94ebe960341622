// The host processor as a device: memory is memfd, time is the steady clock.
#pragma once

#include <memory>

#include "core/device/device.hpp"

namespace fihost::device {

[[nodiscard]] DeviceInfo cpu_info();
[[nodiscard]] std::unique_ptr<Device> open_cpu_device();

}  // namespace fihost::device
