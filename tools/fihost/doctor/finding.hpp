// What `fihost doctor` looks at, one finding a thing.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace fihost {

struct Finding {
  enum class State { ok, missing, broken };  ///< missing: not there; broken: there, but of no use

  std::string section;  ///< "compilers"
  std::string name;     ///< "nvcc"
  State state = State::ok;
  std::string detail;  ///< one line: a version, a place, a reason
  std::string cure;    ///< one line: what to do; empty when ok
  bool basic = false;  ///< without it nothing can be ranked
};

/// "ok", "missing", "broken".
[[nodiscard]] const char* name(Finding::State state);
[[nodiscard]] Json to_json(const Finding& finding);

// Each is defined in the file of its name. They throw Cancelled on stop and nothing else: what fails
// is a finding.

/// This program, the worker, the SDK's headers and the plugins of the tree at `prefix`.
[[nodiscard]] std::vector<Finding> installation_findings(const std::filesystem::path& prefix);
/// Compilers, profilers, Python and what it has.
[[nodiscard]] std::vector<Finding> tool_findings(std::stop_token stop);
/// The driver, its devices, and one candidate evaluated on the CPU and on the first GPU, by the
/// installation at `prefix`.
[[nodiscard]] std::vector<Finding> device_findings(const std::filesystem::path& prefix,
                                                   std::stop_token stop);
/// The dataset, the cache folder, room and limits.
[[nodiscard]] std::vector<Finding> machine_findings();

}  // namespace fihost
