// A profile as text that fits into a prompt or on a screen.
#pragma once

#include <string>
#include <vector>

#include "kernel_summary.hpp"

namespace profiler_ncu {

/// Bytes of a digest, at most.
inline constexpr std::size_t digest_limit = 2048;
/// Kernels that it describes.
inline constexpr std::size_t kernels_shown = 4;

/// Whole lines only: what does not fit is left out from the end. `notes` come last, e.g. why there
/// are no details.
[[nodiscard]] std::string digest(const std::vector<KernelSummary>& kernels,
                                 const std::vector<std::string>& notes);

}  // namespace profiler_ncu
