// Launches put together by kernel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "launch_table.hpp"

namespace profiler_ncu {

/// All launches of one kernel (one instance of a template) in the profiled call.
struct KernelSummary {
  std::string name;  ///< without result and parameters
  std::size_t launches = 0;
  double total_us = 0;
  double share = 0;              ///< of the time of all kernels, 0 to 1
  std::size_t slowest = 0;       ///< index of its slowest launch among all
  std::size_t invocation = 0;    ///< of that launch, among those with the same base_name(), from 1
  std::string base;              ///< base_name() of the kernel
  std::optional<Launch> detail;  ///< that launch, measured in detail
};

/// Slowest in total first.
[[nodiscard]] std::vector<KernelSummary> summarize(const std::vector<Launch>& launches);

/// Give the kernels what `detailed` has of their slowest launch, told by kernel, grid and block.
void attach(std::vector<KernelSummary>& kernels, const std::vector<Launch>& launches,
            const std::vector<Launch>& detailed);

}  // namespace profiler_ncu
