#include "core/search/behaviour.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "core/base/error.hpp"
#include "core/search/fitness.hpp"

namespace fihost::search {
namespace {

constexpr std::array<std::string_view, 6> dimensions = {"registers", "shared_bytes", "launches",
                                                        "spills",    "code_bytes",   "regime"};
// Registers: where fewer blocks fit on an SM. Shared memory: the same, and the static limit of 48 KiB.
constexpr std::array<double, 6> register_edges = {32, 48, 64, 96, 128, 168};
constexpr std::array<double, 5> shared_edges = {0, 4096, 16384, 49152, 102400};
constexpr std::array<double, 5> launch_edges = {1, 2, 3, 5, 9};
constexpr std::array<double, 4> spill_edges = {0, 64, 256, 1024};
constexpr std::array<double, 7> code_edges = {1024, 2048, 4096, 8192, 16384, 32768, 65536};

constexpr std::array<std::string_view, 3> thirds = {"small", "middle", "large"};
constexpr double even_within = 0.02;

double most(const std::vector<KernelUsage>& kernels, int (*figure)(const KernelUsage&)) {
  int worst = 0;
  for (const auto& kernel : kernels) worst = std::max(worst, figure(kernel));
  return worst;
}

/// Every kernel is listed once for each architecture.
double kernel_count(const std::vector<KernelUsage>& kernels) {
  return static_cast<double>(std::count_if(
      kernels.begin(), kernels.end(),
      [&](const KernelUsage& kernel) { return kernel.arch == kernels.front().arch; }));
}

/// None where the compiler told nothing of kernels: on the CPU.
std::optional<double> figure_of(const Program& program, std::string_view dimension) {
  if (dimension == "code_bytes") return static_cast<double>(program.source.size());
  const auto& kernels = program.kernels;
  if (kernels.empty()) return std::nullopt;
  if (dimension == "registers") {
    return most(kernels, [](const KernelUsage& kernel) { return kernel.registers; });
  }
  if (dimension == "shared_bytes") {
    return most(kernels, [](const KernelUsage& kernel) { return kernel.shared_bytes; });
  }
  if (dimension == "spills") {
    return most(kernels, [](const KernelUsage& kernel) {
      return kernel.spill_store_bytes + kernel.spill_load_bytes;
    });
  }
  return kernel_count(kernels);
}

/// "49-64", "1", "169+": all figures are whole numbers.
std::string range_of(double figure, std::span<const double> edges) {
  const auto edge = std::lower_bound(edges.begin(), edges.end(), figure);
  const double low = edge == edges.begin() ? 0 : std::floor(*(edge - 1)) + 1;
  if (edge == edges.end()) return fmt::format("{:.0f}+", low);
  const double high = std::floor(*edge);
  return low == high ? fmt::format("{:.0f}", low) : fmt::format("{:.0f}-{:.0f}", low, high);
}

std::optional<std::string> place_in(const Program& program, const std::string& dimension,
                                    const DatabaseConfig& config, const Regimes& regimes) {
  if (dimension == "regime") return regime_of(program, regimes);
  const auto figure = figure_of(program, dimension);
  if (!figure) return std::nullopt;
  const auto own = config.feature_edges.find(dimension);
  return own != config.feature_edges.end() ? range_of(*figure, own->second)
                                           : range_of(*figure, default_edges(dimension));
}

void check_dimension(const std::string& dimension) {
  if (std::find(dimensions.begin(), dimensions.end(), dimension) != dimensions.end()) return;
  throw Error(fmt::format("feature_dimensions: unknown dimension \"{}\"; there are {}", dimension,
                          fmt::join(dimensions, ", ")),
              Fault::usage);
}

}  // namespace

std::span<const std::string_view> known_dimensions() { return dimensions; }

std::span<const double> default_edges(std::string_view dimension) {
  if (dimension == "registers") return register_edges;
  if (dimension == "shared_bytes") return shared_edges;
  if (dimension == "launches") return launch_edges;
  if (dimension == "spills") return spill_edges;
  if (dimension == "code_bytes") return code_edges;
  return {};
}

Regimes regimes_of(const Program& seed) {
  const auto& workloads = seed.result.workloads;
  const auto count = workloads.size();
  if (count < 2) return {};
  Regimes regimes{std::vector<int>(count), std::vector<double>(count)};
  const bool with_baseline =
      std::all_of(workloads.begin(), workloads.end(), [](const WorkloadResult& workload) {
        return workload.baseline && std::isfinite(workload.baseline->latency_ms);
      });
  std::vector<double> size(count);
  for (std::size_t i = 0; i < count; ++i) {
    regimes.seed_ms[i] = latency_ms(seed, i);
    size[i] = with_baseline ? workloads[i].baseline->latency_ms : regimes.seed_ms[i];
    if (std::isnan(regimes.seed_ms[i])) return {};
  }
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return size[a] < size[b]; });
  for (std::size_t i = 0; i < count; ++i) {
    regimes.third[order[i]] = static_cast<int>((2 * i + 1) * 3 / (2 * count));
  }
  return regimes;
}

std::optional<std::string> regime_of(const Program& program, const Regimes& regimes) {
  const auto count = regimes.third.size();
  if (count == 0 || program.result.workloads.size() != count) return std::nullopt;
  std::array<double, 3> sum{}, number{};
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double gain = std::log(regimes.seed_ms[i] / latency_ms(program, i));
    if (!std::isfinite(gain)) return std::nullopt;
    const auto third = static_cast<std::size_t>(regimes.third[i]);
    sum[third] += gain;
    number[third] += 1;
    total += gain;
  }
  const double mean = total / static_cast<double>(count);
  std::optional<std::size_t> best;
  double most_gained = even_within;
  for (std::size_t third = 0; third < thirds.size(); ++third) {
    if (number[third] == 0) continue;
    const double gained = sum[third] / number[third] - mean;
    if (gained <= most_gained) continue;
    most_gained = gained;
    best = third;
  }
  return std::string(best ? thirds[*best] : "even");
}

std::string cell_of(const Program& program, const DatabaseConfig& config, const Regimes& regimes) {
  std::vector<std::string> parts;
  bool with_code = false;
  const auto add = [&](const std::string& dimension) {
    const auto place = place_in(program, dimension, config, regimes);
    if (place) parts.push_back(dimension + "=" + *place);
  };
  for (const auto& dimension : config.feature_dimensions) {
    check_dimension(dimension);
    add(dimension);
    with_code = with_code || dimension == "code_bytes";
  }
  if (program.kernels.empty() && !with_code) add("code_bytes");
  return fmt::format("{}", fmt::join(parts, " "));
}

}  // namespace fihost::search
