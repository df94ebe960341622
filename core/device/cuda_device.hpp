// A CUDA GPU as a device: memory is cuMemCreate with a POSIX handle, time is events behind a gate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/device/device.hpp"

namespace fihost::device {

struct CudaProbe {
  std::vector<DeviceInfo> devices;
  std::string error;  ///< why there is none; empty if there is one
};

/// Makes no context.
[[nodiscard]] CudaProbe probe_cuda();
/// Makes a context on device `ordinal`. Throws Error when it is not there or the driver refuses.
[[nodiscard]] std::unique_ptr<Device> open_cuda_device(int ordinal);

}  // namespace fihost::device
