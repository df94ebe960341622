// Shared memory of the CPU device: a memfd mapped between two unmapped pages.
#pragma once

#include <cstdint>
#include <optional>

#include "core/device/buffer.hpp"

namespace fihost::device {

constexpr std::uint64_t page_bytes = 4096;

/// None when the kernel refuses that much.
[[nodiscard]] std::optional<Buffer> allocate_cpu(std::uint64_t bytes);
/// Throws Error when `fd` is shorter than a tensor of `bytes` needs.
[[nodiscard]] Buffer map_cpu(UniqueFd fd, std::uint64_t bytes);
/// MemAvailable of /proc/meminfo.
[[nodiscard]] std::uint64_t free_cpu_bytes();

}  // namespace fihost::device
