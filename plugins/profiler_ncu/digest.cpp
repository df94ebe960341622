#include "digest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "advice.hpp"
#include "metrics.hpp"

namespace profiler_ncu {
namespace {

constexpr std::size_t name_limit = 60, stalls_shown = 3;

/// Bytes, cut at a character's border.
std::string shortened(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  limit -= 3;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit) + "...";
}

std::string percent(const Launch& launch, const char* metric) {
  const auto value = launch.value(metric);
  return value ? fmt::format("{:.0f} %", *value) : std::string("n/a");
}

std::string bandwidth(const Launch& launch) {
  const auto bytes = launch.value(metric::dram_bytes);
  const auto ns = launch.value_or(metric::duration, 0);
  if (!bytes || ns <= 0) return {};
  const double gb_s = *bytes / ns;
  return gb_s < 1000 ? fmt::format(" ({:.0f} GB/s)", gb_s)
                     : fmt::format(" ({:.2f} TB/s)", gb_s / 1e3);
}

std::string stall_text(const Launch& launch) {
  std::string text;
  const auto shares = stall_shares(launch);
  for (std::size_t i = 0; i < std::min(shares.size(), stalls_shown); ++i) {
    if (shares[i].second < 0.01) break;
    text +=
        fmt::format("{}{} {:.0f} %", i == 0 ? "" : ", ", shares[i].first, 100 * shares[i].second);
  }
  return text.empty() ? "none" : text;
}

std::string head_line(const KernelSummary& kernel, std::size_t rank) {
  auto text = fmt::format("{}. {}: {:.1f} us, {:.0f} %", rank, shortened(kernel.name, name_limit),
                          kernel.total_us, 100 * kernel.share);
  if (kernel.launches > 1) text += fmt::format(" in {} launches", kernel.launches);
  return text + "\n";
}

std::string detail_lines(const KernelSummary& kernel) {
  const auto& launch = *kernel.detail;
  auto text = fmt::format(
      "   {}{:.0f} blocks of {:.0f} threads, {:.2f} waves; {:.0f} registers, shared {:.0f} B "
      "static "
      "+ {:.0f} B dynamic\n",
      kernel.launches > 1
          ? fmt::format("slowest launch, {:.1f} us: ", launch.value_or(metric::duration, 0) / 1e3)
          : std::string(),
      launch.value_or(metric::grid, 0), launch.value_or(metric::block, 0),
      launch.value_or(metric::waves, 0), launch.value_or(metric::registers, 0),
      launch.value_or(metric::shared_static, 0), launch.value_or(metric::shared_dynamic, 0));
  text += fmt::format("   SM {}, DRAM {}{}, L2 {}, tensor pipe {}; occupancy {} of {} possible\n",
                      percent(launch, metric::sm), percent(launch, metric::dram), bandwidth(launch),
                      percent(launch, metric::l2), percent(launch, metric::tensor),
                      percent(launch, metric::warps), percent(launch, metric::warps_limit));
  text += fmt::format("   stalls: {}\n", stall_text(launch));
  for (const auto& line : kernel_advice(launch)) text += fmt::format("   -> {}\n", line);
  return text;
}

/// Whole lines of `text` as far as they fit.
std::string fitted(const std::string& text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const auto end = text.rfind('\n', limit - 1);
  return end == std::string::npos ? std::string() : text.substr(0, end + 1);
}

}  // namespace

std::string digest(const std::vector<KernelSummary>& kernels,
                   const std::vector<std::string>& notes) {
  std::size_t launches = 0;
  double total_us = 0;
  for (const auto& kernel : kernels) {
    launches += kernel.launches;
    total_us += kernel.total_us;
  }
  auto text =
      fmt::format("{} in {} of {}, {:.1f} us on the device\n",
                  launches == 1 ? "1 launch" : fmt::format("{} launches", launches),
                  kernels.size() == 1 ? "1 kernel" : fmt::format("{} kernels", kernels.size()),
                  "one call", total_us);
  for (const auto& line : call_advice(kernels)) text += fmt::format("-> {}\n", line);
  std::string tail;
  if (kernels.size() > kernels_shown) {
    tail += fmt::format("and {} shorter kernels\n", kernels.size() - kernels_shown);
  }
  for (const auto& note : notes) tail += shortened(note, 300) + "\n";
  for (std::size_t i = 0; i < std::min(kernels.size(), kernels_shown); ++i) {
    text += head_line(kernels[i], i + 1);
    if (kernels[i].detail) text += detail_lines(kernels[i]);
  }
  return fitted(text, digest_limit - std::min(tail.size(), digest_limit / 2)) +
         fitted(tail, digest_limit / 2);
}

}  // namespace profiler_ncu
