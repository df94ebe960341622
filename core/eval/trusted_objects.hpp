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

/// Where expected outputs come from.
enum class ReferenceChoice {
  automatic,  ///< the task's object where there is one, else PyTorch
  native,     ///< the task's object
  torch       ///< the definition's own source, run by PyTorch
};

struct TrustedObjects {
  std::filesystem::path reference;                 ///< empty: PyTorch
  std::optional<std::filesystem::path> generator;  ///< none: the task has none
};

struct TrustedRequest {
  const Task& task;
  DeviceInfo device;
  std::filesystem::path prefix;    ///< the installation
  std::vector<std::string> archs;  ///< for .cu sources
  ReferenceChoice choice = ReferenceChoice::automatic;
};

/// The installed objects where the task's sources are the installed ones, else built now. A generator
/// for this device is preferred to one for the CPU. Throws Error when `choice` asks for an
/// object and the task has none for the device, or one of them does not compile; Cancelled on stop.
[[nodiscard]] TrustedObjects trusted_objects(const TrustedRequest& request, const Builder& builder,
                                             std::stop_token stop);

}  // namespace fihost
