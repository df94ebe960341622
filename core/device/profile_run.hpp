// One call of one candidate for a profiler to watch. Nothing is checked or timed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/model/tvm_ffi_entry.hpp"

namespace fihost::device {

/// What to call, and on what.
struct ProfileRun {
  std::string definition;
  std::optional<std::filesystem::path> dataset;
  std::vector<std::filesystem::path> task_path;
  std::filesystem::path cache;
  std::uint64_t seed = 0;
  std::string workload;  ///< uuid; its data must be there
  std::string object;
  std::optional<TvmFfiEntry> tvm_ffi;  ///< of an object that is called through TVM-FFI
  bool lock = true;      ///< wait until no other fihost uses the device; false: the caller has it
  unsigned seconds = 0;  ///< after which SIGALRM ends the process; 0: never
};
/// Throws Json::exception for what is missing or of another type.
[[nodiscard]] ProfileRun parse_profile_run(const Json& json);

/// Make the inputs as the judge does, load the object in this process, prepare it, call it once as a
/// warm-up, and once more between Device::start_profiling() and stop_profiling(). Throws Error when
/// anything fails, the candidate included. What it loads may crash or end the process.
void run_profiled(const ProfileRun& run, const std::string& device);

}  // namespace fihost::device
