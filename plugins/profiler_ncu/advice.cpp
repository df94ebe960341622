#include "advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "metrics.hpp"

namespace profiler_ncu {
namespace {

// In percent of the peak. NVIDIA's own guide takes 60 % for the line between busy and waiting.
constexpr double busy = 60, saturated = 85, idle_tensor = 0.5;
constexpr double low_occupancy = 50;
// Half of a sector's bytes is what unaligned or two-fold strided accesses waste.
constexpr double low_sector_use = 60, memory_matters = 20;
constexpr double many_conflicts = 0.3;
constexpr double notable_tail = 0.2, few_waves = 4;
// A launch costs the device 1 to 3 us that no kernel can use.
constexpr std::size_t many_launches = 8;
constexpr double short_launch_us = 5;

using Lines = std::vector<std::string>;

/// What `launch` waits for most, if that is more than all else together would be by chance.
std::string main_wait(const Launch& launch) {
  const auto shares = stall_shares(launch);
  if (shares.empty() || shares.front().second < 0.3) return {};
  return fmt::format("; warps mostly wait: {} {:.0f} %", shares.front().first,
                     100 * shares.front().second);
}

void bound(const Launch& launch, Lines& lines) {
  const auto sm = launch.value(metric::sm), dram = launch.value(metric::dram);
  const auto l2 = launch.value(metric::l2);
  if (!sm || !dram) return;
  if (*dram >= busy && *dram >= *sm) {
    lines.push_back(fmt::format("memory-bound: DRAM at {:.0f} % of its peak{}", *dram,
                                *dram >= saturated ? "; only fewer bytes help" : ""));
  } else if (*sm >= busy) {
    const auto tensor = launch.value_or(metric::tensor, 0);
    lines.push_back(fmt::format("compute-bound: SM at {:.0f} % of its peak{}", *sm,
                                tensor >= busy ? fmt::format(", tensor pipe at {:.0f} %", tensor)
                                : tensor < idle_tensor
                                    ? std::string(", tensor cores unused")
                                    : fmt::format(", tensor pipe only at {:.0f} %", tensor)));
  } else if (l2 && *l2 >= busy) {
    lines.push_back(
        fmt::format("bound by L2: at {:.0f} % of its peak, DRAM at {:.0f} %", *l2, *dram));
  } else {
    lines.push_back(fmt::format("latency-bound: SM at {:.0f} %, DRAM at {:.0f} % of their peaks{}",
                                *sm, *dram, main_wait(launch)));
  }
}

/// Which resource allows the fewest blocks on a multiprocessor.
std::string occupancy_limit(const Launch& launch) {
  struct Limit {
    const char* metric;
    std::string words;
  };
  const auto shared =
      launch.value_or(metric::shared_static, 0) + launch.value_or(metric::shared_dynamic, 0);
  const Limit limits[] = {
      {metric::limit_registers,
       fmt::format("registers ({:.0f} a thread)", launch.value_or(metric::registers, 0))},
      {metric::limit_shared, fmt::format("shared memory ({:.1f} KB a block)", shared / 1e3)},
      {metric::limit_blocks, fmt::format("blocks a multiprocessor (of {:.0f} threads)",
                                         launch.value_or(metric::block, 0))},
      {metric::limit_warps, fmt::format("warps a multiprocessor (blocks of {:.0f} threads)",
                                        launch.value_or(metric::block, 0))}};
  const Limit* smallest = nullptr;
  for (const auto& limit : limits) {
    const auto value = launch.value(limit.metric);
    if (value && (smallest == nullptr || *value < *launch.value(smallest->metric))) {
      smallest = &limit;
    }
  }
  return smallest != nullptr ? smallest->words : std::string("its configuration");
}

void grid(const Launch& launch, Lines& lines) {
  const auto waves = launch.value(metric::waves), blocks = launch.value(metric::grid);
  const auto sms = launch.value(metric::multiprocessors);
  if (!waves || !blocks) return;
  if (sms && *blocks < *sms) {
    lines.push_back(fmt::format("too few blocks: {:.0f} on {:.0f} multiprocessors, {:.0f} are idle",
                                *blocks, *sms, *sms - *blocks));
  } else if (*waves > 1 && *waves < few_waves && 1 - *waves / std::ceil(*waves) >= notable_tail) {
    lines.push_back(fmt::format("tail: {:.2f} waves, so {:.0f} % of the block slots stay empty",
                                *waves, 100 * (1 - *waves / std::ceil(*waves))));
  }
}

void occupancy(const Launch& launch, Lines& lines) {
  const auto most = launch.value(metric::warps_limit), achieved = launch.value(metric::warps);
  const bool bounded =
      launch.value_or(metric::dram, 0) >= busy || launch.value_or(metric::sm, 0) >= busy;
  if (!most || bounded) return;
  const bool below = achieved && *achieved < 0.6 * *most;
  const auto waves = launch.value_or(metric::waves, 0);
  if (below && waves < 1) {
    lines.push_back(fmt::format(
        "few warps: occupancy {:.0f} % of {:.0f} % possible, because {:.2f} waves of blocks do not "
        "fill the device",
        *achieved, *most, waves));
  } else if (*most < low_occupancy) {
    lines.push_back(fmt::format("few warps: at most {:.0f} % occupancy, limited by {}", *most,
                                occupancy_limit(launch)));
  } else if (below) {
    lines.push_back(
        fmt::format("uneven blocks: occupancy {:.0f} % of {:.0f} % possible", *achieved, *most));
  }
}

void memory(const Launch& launch, Lines& lines) {
  const bool matters = launch.value_or(metric::dram, 0) >= memory_matters ||
                       launch.value_or(metric::l2, 0) >= memory_matters;
  const auto complain = [&](const char* what, const char* metric) {
    const auto use = launch.value(metric);
    // 0: there were none.
    if (matters && use && *use > 0 && *use < low_sector_use) {
      lines.push_back(
          fmt::format("uncoalesced {}: {:.0f} % of each 32-byte sector is used", what, *use));
    }
  };
  complain("loads", metric::load_use);
  complain("stores", metric::store_use);
  const auto conflicts = launch.value(metric::conflicts);
  const auto wavefronts = launch.value_or(metric::wavefronts, 0);
  if (conflicts && wavefronts > 0 && *conflicts / wavefronts >= many_conflicts) {
    lines.push_back(fmt::format("shared-memory bank conflicts: {:.0f} % of the wavefronts",
                                100 * *conflicts / wavefronts));
  }
  if (launch.value_or(metric::local, 0) > 0) {
    lines.push_back(
        fmt::format("local memory is used ({:.0f} instructions): spills, or arrays with "
                    "an index that the compiler does not know",
                    launch.value_or(metric::local, 0)));
  }
}

}  // namespace

std::vector<std::pair<std::string, double>> stall_shares(const Launch& launch) {
  std::vector<std::pair<std::string, double>> shares;
  double sum = launch.value_or(stall_metric(selected), 0);
  for (const auto& stall : stalls) {
    const auto warps = launch.value(stall_metric(stall.name));
    if (!warps || *warps <= 0) continue;
    sum += *warps;
    shares.emplace_back(stall.words, *warps);
  }
  for (auto& share : shares) share.second /= sum;
  std::stable_sort(shares.begin(), shares.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return shares;
}

std::vector<std::string> kernel_advice(const Launch& launch) {
  Lines lines;
  bound(launch, lines);
  grid(launch, lines);
  occupancy(launch, lines);
  memory(launch, lines);
  return lines;
}

std::vector<std::string> call_advice(const std::vector<KernelSummary>& kernels) {
  Lines lines;
  std::size_t launches = 0;
  double total_us = 0;
  for (const auto& kernel : kernels) {
    launches += kernel.launches;
    total_us += kernel.total_us;
  }
  if (launches >= many_launches && total_us / static_cast<double>(launches) < short_launch_us) {
    lines.push_back(
        fmt::format("launch-bound: {} launches of {:.1f} us on average; fewer, larger "
                    "kernels would save what lies between them",
                    launches, total_us / static_cast<double>(launches)));
  }
  return lines;
}

}  // namespace profiler_ncu
