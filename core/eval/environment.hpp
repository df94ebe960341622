// What a ranking was made with, besides the device.
#pragma once

#include <string>
#include <vector>

#include "core/build/builder.hpp"

namespace fihost {

/// Empty fields are unknown. Nothing in it names the machine or its user.
struct Environment {
  std::string fihost;              ///< version
  std::string commit;              ///< of fihost's sources
  std::string time;                ///< of the start, UTC, "2025-01-31T12:00:00Z"
  std::string cpu;                 ///< model of the host's processor
  std::string cxx, nvcc;           ///< what the compilers say of their versions
  std::vector<std::string> archs;  ///< that .cu sources are compiled for
};

/// Of this machine, now; version and commit are left to the caller.
[[nodiscard]] Environment environment_of(const Toolchain& toolchain,
                                         const std::vector<std::string>& archs);

}  // namespace fihost
