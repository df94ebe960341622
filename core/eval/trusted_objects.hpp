// The reference and the generator of a task, as objects that the judge can load.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/builder.hpp"
#include "core/eval/device_info.hpp"
#include "core/model/task.hpp"

namespace fihost {

struct TrustedObjects {
  std::filesystem::path reference;
  std::optional<std::filesystem::path> generator;  ///< none: the task has none
};

struct TrustedRequest {
  const Task& task;
  DeviceInfo device;
  std::filesystem::path prefix;    ///< the installation
  std::vector<std::string> archs;  ///< for .cu sources
};

/// The installed objects where the task's sources are the installed ones, else built now. A generator
/// for this device is preferred to one for the CPU. Throws Error when the task has no reference for
/// the device or one of them does not compile; Cancelled on stop.
[[nodiscard]] TrustedObjects trusted_objects(const TrustedRequest& request, const Builder& builder,
                                             std::stop_token stop);

}  // namespace fihost
