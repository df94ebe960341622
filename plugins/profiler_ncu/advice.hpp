// What the numbers say, in words. Every line names the numbers that it rests on.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kernel_summary.hpp"

namespace profiler_ncu {

/// The stalls of a launch with their shares of the time that its warps were resident (0 to 1), largest
/// first; what was not measured is left out.
[[nodiscard]] std::vector<std::pair<std::string, double>> stall_shares(const Launch& launch);

/// What bounds one kernel and what it leaves unused, most important first, one line each.
[[nodiscard]] std::vector<std::string> kernel_advice(const Launch& launch);

/// What concerns the whole call, such as too many short launches.
[[nodiscard]] std::vector<std::string> call_advice(const std::vector<KernelSummary>& kernels);

}  // namespace profiler_ncu
