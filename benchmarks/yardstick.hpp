// What a device's memory gives, measured in the same run as everything that is compared with it.
#pragma once

#include <cstdint>

#include "core/device/device.hpp"

namespace fihost::bench {

/// Bytes per second of the best of several passes. A copy counts what it reads and what it writes.
struct Yardstick {
  double read = 0;
  double write = 0;
  double copy = 0;
};

/// Plain passes over `bytes` on all cores: sums, fills and copies, as in STREAM.
[[nodiscard]] Yardstick measure_cpu(std::uint64_t bytes);

/// Fills and copies of the driver; reading is what a copy reads.
[[nodiscard]] Yardstick measure_cuda(device::Device& device, std::uint64_t bytes);

}  // namespace fihost::bench
