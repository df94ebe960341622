// Profiles a candidate with NVIDIA Nsight Compute: one pass over every launch for the times, then a
// detailed look at one launch of each of the slowest kernels.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fihost/plugin.hpp>
#include <set>

#include "advice.hpp"
#include "digest.hpp"
#include "metrics.hpp"
#include "ncu.hpp"

namespace {

using namespace profiler_ncu;
using fihost::sdk::Context;
using fihost::sdk::Error;
using fihost::sdk::Json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_launches = 1000, launches_reported = 64;
constexpr const char* not_found =
    "ncu (NVIDIA Nsight Compute) is not in PATH, $CUDA_HOME/bin, /usr/local/cuda/bin or "
    "/opt/nvidia/nsight-compute; install it, or name it with the profiler's key 'path'";

/// The launches that are worth a detailed look: the slowest one of the slowest kernels.
Look detailed_look(const std::vector<KernelSummary>& kernels, std::size_t count,
                   const std::vector<std::string>& extra) {
  Look look{.metrics = detailed_metrics(), .options = {}};
  look.metrics.insert(look.metrics.end(), extra.begin(), extra.end());
  std::set<std::string> names;
  std::set<std::size_t> numbers;
  for (std::size_t i = 0; i < std::min(count, kernels.size()); ++i) {
    if (kernels[i].base.empty()) continue;
    names.insert(kernels[i].base);
    numbers.insert(kernels[i].invocation);
  }
  if (names.empty()) return {};
  look.options = choose_launches({names.begin(), names.end()}, {numbers.begin(), numbers.end()});
  return look;
}

Json launch_json(const Launch& launch) {
  return {{"name", short_name(launch.kernel)},
          {"duration_us", launch.value_or(metric::duration, 0) / 1e3},
          {"grid", launch.grid},
          {"block", launch.block}};
}

/// In the order of launching; the first ones when there are very many.
Json kernels_json(const std::vector<Launch>& launches, const std::vector<KernelSummary>& kernels) {
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(launches.size(), launches_reported); ++i) {
    list.push_back(launch_json(launches[i]));
    for (const auto& kernel : kernels) {
      if (kernel.slowest == i && kernel.detail) list.back()["metrics"] = kernel.detail->values;
    }
  }
  return list;
}

Json metrics_json(const std::vector<Launch>& launches, const std::vector<KernelSummary>& kernels) {
  double total_us = 0;
  for (const auto& kernel : kernels) total_us += kernel.total_us;
  Json json = {
      {"kernels", kernels.size()}, {"launches", launches.size()}, {"gpu_time_us", total_us}};
  if (kernels.empty()) return json;
  json["slowest_kernel_share_pct"] = 100 * kernels.front().share;
  if (!kernels.front().detail) return json;
  const auto add = [&](const char* key, const char* metric) {
    if (const auto value = kernels.front().detail->value(metric)) json[key] = *value;
  };
  add("slowest_kernel_sm_pct", metric::sm);
  add("slowest_kernel_dram_pct", metric::dram);
  add("slowest_kernel_l2_pct", metric::l2);
  add("slowest_kernel_tensor_pct", metric::tensor);
  add("slowest_kernel_occupancy_pct", metric::warps);
  add("slowest_kernel_registers", metric::registers);
  return json;
}

Json hints_json(const std::vector<KernelSummary>& kernels) {
  Json hints = call_advice(kernels);
  for (std::size_t i = 0; i < std::min(kernels.size(), kernels_shown); ++i) {
    if (!kernels[i].detail) continue;
    for (const auto& line : kernel_advice(*kernels[i].detail)) {
      hints.push_back(kernels[i].name + ": " + line);
    }
  }
  return hints;
}

class Ncu final : public fihost::sdk::Profiler {
 public:
  static constexpr const char* id = "profiler.ncu";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "NVIDIA Nsight Compute: what bounds each kernel";
  static constexpr bool concurrent = true;
  static constexpr const char* config_schema = R"({
    "type": "object",
    "properties": {
      "path": {"type": "string", "description": "the program ncu; without it, where it usually is"},
      "metrics_extra": {"type": "array", "items": {"type": "string"},
                        "description": "more of ncu's metrics for the detailed launches"},
      "launches": {"type": "integer", "minimum": 0, "maximum": 32, "default": 4,
                   "description": "kernels of which one launch is looked at in detail"},
      "seconds": {"type": "number", "minimum": 1, "default": 300,
                  "description": "that one profile may take; a request may allow less"}
    },
    "additionalProperties": false
  })";

  Ncu(const Json& config, const Context&)
      : path_(config.value("path", "")),
        extra_(config.value("metrics_extra", std::vector<std::string>())),
        launches_(config.value("launches", std::size_t{4})),
        seconds_(config.value("seconds", 300.0)) {}

  Json profile(const Json& request, const Context& context) override {
    refuse_cpu(request);
    const auto ncu = program();
    const auto command = request.at("command").get<std::vector<std::string>>();
    const auto seconds = std::min(seconds_, request.value("seconds", seconds_));
    const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                             std::chrono::duration<double>(seconds));
    // One pass and warm caches: the times are those of a call as it is.
    const Look survey{
        .metrics = {metric::duration},
        .options = {"--cache-control", "none", "--launch-count", std::to_string(most_launches)}};
    const auto launches = run_ncu(ncu, survey, command, seconds, context);
    auto kernels = summarize(launches);
    std::vector<std::string> notes;
    if (launches.empty()) notes.push_back("no kernel was launched");
    if (launches.size() >= most_launches) {
      notes.push_back(fmt::format("only the first {} launches were looked at", most_launches));
    }
    const auto look = detailed_look(kernels, launches_, extra_);
    if (!look.metrics.empty()) {
      try {
        const std::chrono::duration<double> left = deadline - Clock::now();
        attach(kernels, launches,
               run_ncu(ncu, look, command, std::max(1.0, left.count()), context));
      } catch (const Error& e) {
        if (e.status() == FIHOST_CANCELLED) throw;
        notes.push_back(std::string("without details: ") + e.what());
      }
    }
    return {{"metrics", metrics_json(launches, kernels)},
            {"kernels", kernels_json(launches, kernels)},
            {"digest", digest(kernels, notes)},
            {"hints", hints_json(kernels)}};
  }

  Json check(const Json& request, const Context& context) override {
    try {
      refuse_cpu(request);
      const auto found = ncu_version(program(), context);
      const auto refusal = counters_refusal();
      if (!refusal.empty()) return {{"usable", false}, {"reason", refusal}};
      return {{"usable", true}, {"version", found}};
    } catch (const Error& e) {
      return {{"usable", false}, {"reason", e.what()}};
    }
  }

 private:
  static void refuse_cpu(const Json& request) {
    const auto device = request.value("device", Json::object());
    if (device.value("type", "cuda") != "cuda") {
      throw Error(FIHOST_UNSUPPORTED, "ncu profiles CUDA kernels, and the device is the CPU");
    }
  }

  [[nodiscard]] std::string program() const {
    if (auto found = find_ncu(path_)) return *found;
    throw Error(FIHOST_UNSUPPORTED,
                path_.empty() ? std::string(not_found)
                              : path_ + ": there is no such program (the profiler's key 'path')");
  }

  std::string path_;
  std::vector<std::string> extra_;
  std::size_t launches_;
  double seconds_;
};

}  // namespace

FIHOST_PLUGIN("profiler_ncu", Ncu);
