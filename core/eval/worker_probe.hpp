// What the worker finds on this machine, and which device is used.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/eval/device_info.hpp"

namespace fihost {

struct Probe {
  std::vector<DeviceInfo> devices;
  std::optional<std::string> cuda_error;  ///< one line: why there is no CUDA device
};

/// <prefix>/bin/fihost-worker. Throws Error when it is not there.
[[nodiscard]] std::filesystem::path worker_program(const std::filesystem::path& prefix);

/// Ask the worker. Throws Error when it cannot be started, fails or answers with something else
/// than the document; Cancelled on stop.
[[nodiscard]] Probe probe_worker(const std::filesystem::path& worker, std::stop_token stop = {});

/// The device that `wanted` ("cpu", "cuda", "cuda:1") names; none: CUDA if there is one, else the
/// CPU. Throws Error: usage for another text, environment (with the reason) for a missing device.
[[nodiscard]] DeviceInfo choose_device(const Probe& probe,
                                       const std::optional<std::string>& wanted);

}  // namespace fihost
