#include "kernel_summary.hpp"

#include <algorithm>
#include <map>

#include "metrics.hpp"

namespace profiler_ncu {

std::vector<KernelSummary> summarize(const std::vector<Launch>& launches) {
  std::vector<KernelSummary> kernels;
  std::map<std::string, std::size_t> index, invocations;
  double total_us = 0;
  for (std::size_t i = 0; i < launches.size(); ++i) {
    const auto& launch = launches[i];
    const auto [found, fresh] = index.try_emplace(launch.kernel, kernels.size());
    if (fresh) {
      kernels.emplace_back();
      kernels.back().name = short_name(launch.kernel);
      kernels.back().base = base_name(launch.kernel);
    }
    auto& kernel = kernels[found->second];
    const double ns = launch.value_or(metric::duration, 0);
    const auto invocation = ++invocations[kernel.base];
    if (kernel.launches++ == 0 || ns > launches[kernel.slowest].value_or(metric::duration, 0)) {
      kernel.slowest = i;
      kernel.invocation = invocation;
    }
    kernel.total_us += ns / 1e3;
    total_us += ns / 1e3;
  }
  for (auto& kernel : kernels) kernel.share = total_us > 0 ? kernel.total_us / total_us : 0;
  std::stable_sort(kernels.begin(), kernels.end(),
                   [](const auto& a, const auto& b) { return a.total_us > b.total_us; });
  return kernels;
}

void attach(std::vector<KernelSummary>& kernels, const std::vector<Launch>& launches,
            const std::vector<Launch>& detailed) {
  for (auto& kernel : kernels) {
    const auto& slowest = launches[kernel.slowest];
    for (const auto& launch : detailed) {
      if (launch.kernel == slowest.kernel && launch.grid == slowest.grid &&
          launch.block == slowest.block) {
        kernel.detail = launch;
        break;
      }
    }
  }
}

}  // namespace profiler_ncu
