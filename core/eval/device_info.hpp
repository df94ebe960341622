// One device as the worker describes it.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/json.hpp"

namespace fihost {

/// Numbers that are 0 are unknown.
struct DeviceInfo {
  std::string type = "cpu";  ///< "cpu" or "cuda"
  int ordinal = 0;           ///< among the visible devices of that type
  std::string name;          ///< "NVIDIA H200"
  std::string arch;          ///< "sm_90", "x86-64"
  std::string driver;        ///< empty on the CPU
  std::string uuid;          ///< "GPU-..." or empty
  std::uint64_t memory_bytes = 0;
  std::uint64_t l2_bytes = 0;
  double bandwidth_bytes_s = 0;  ///< peak of the device memory
  double fp8_flops_s = 0;        ///< peak, dense

  [[nodiscard]] bool cuda() const { return type == "cuda"; }
  /// What --device takes: "cpu", "cuda:1".
  [[nodiscard]] std::string text() const;
  /// FIHOST_CPU or FIHOST_CUDA.
  [[nodiscard]] int sdk_type() const;
};

/// Missing keys stay at their defaults. Throws Json::exception when a key has another type.
[[nodiscard]] DeviceInfo parse_device(const Json& json);

}  // namespace fihost
