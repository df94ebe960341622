// One candidate under a profiler: what the plugin is asked, and what it answered.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/eval/device_info.hpp"
#include "core/model/task.hpp"
#include "core/model/tvm_ffi_entry.hpp"
#include "core/plugin/component.hpp"

namespace fihost::search {

/// Bytes of a digest, at most, whatever a profiler gives.
inline constexpr std::size_t digest_limit = 2048;

/// What is called, and where its inputs come from. The data of the workloads must be there already.
struct ProfileTarget {
  const Task& task;
  std::optional<std::filesystem::path> dataset;     ///< as find_task() got it
  std::vector<std::filesystem::path> task_folders;  ///< as find_task() got them
  std::filesystem::path worker, cache;
  DeviceInfo device;
  std::uint64_t seed = 0;
  std::filesystem::path object;
  std::optional<TvmFfiEntry> tvm_ffi;  ///< of an object that is called through TVM-FFI
  bool device_is_ours = false;         ///< a judge of this run holds the device's lock, and is idle
};

/// A profiler's answer for one workload.
struct Profile {
  std::string workload;            ///< uuid
  std::string digest;              ///< for people and models; at most digest_limit bytes
  std::vector<std::string> hints;  ///< advice, one line each
  Json reply;                      ///< all of it, with metrics and kernels
  double seconds = 0;              ///< that it took
};

/// Indices of at most `count` workloads that are worth a profile, in the task's order: the most and the
/// least work first, then what lies evenly between. Work is the cost in bytes and flops, else the
/// product of the variable axes.
[[nodiscard]] std::vector<std::size_t> profile_workloads(const std::vector<Workload>& workloads,
                                                         std::size_t count);

/// Empty when `profiler` can work here and on `device`, else its reason. Throws Error when it cannot be
/// asked.
[[nodiscard]] std::string profiler_refusal(Component& profiler, const DeviceInfo& device);

/// Let `profiler` watch one call for at most `seconds`. The candidate runs in a process that the
/// profiler starts. Throws Error with the profiler's reason when there is no profile; what a candidate
/// does wrong is one.
[[nodiscard]] Profile profile(Component& profiler, const ProfileTarget& target,
                              const Workload& workload, double seconds);

}  // namespace fihost::search
