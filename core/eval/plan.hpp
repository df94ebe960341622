// Which candidates compete for which definition, and under which names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/eval/collect.hpp"
#include "core/eval/inspection.hpp"

namespace fihost {

struct PlannedCandidate {
  std::string name;  ///< unique in its plan: the solution's, else the file's stem, with folders in
                     ///< front where needed
  std::filesystem::path path;
  bool source = false;                      ///< has to be built
  std::optional<Rejection> rejection;       ///< ranked as failed, without being tried
  std::optional<Solution> solution = {};    ///< what has to be built, if not the file itself
  std::optional<TvmFfiEntry> tvm_ffi = {};  ///< of an object that is called through TVM-FFI
};

struct Plan {
  std::string definition;                     ///< empty: that of these files could not be found out
  std::optional<std::filesystem::path> task;  ///< the task folder the first source of it lies in
  std::vector<PlannedCandidate> candidates;
};

struct PlanRequest {
  std::vector<FoundFile> files;
  std::vector<std::optional<Inspection>> inspections;  ///< parallel; set for objects
  std::optional<std::string> definition;               ///< --definition
  DeviceInfo device;
};

/// One plan a definition, in order of first appearance. A source belongs to `definition`, else to the
/// task folder it lies in; a solution to the one it names; an object to its descriptor's, and one that
/// has none to where a source would belong. Files found in a folder that are no
/// candidate for this device and definition are passed over; those named themselves are kept with the
/// reason. Throws Error (usage) for a named source whose definition is unknown, or when nothing is
/// left.
[[nodiscard]] std::vector<Plan> make_plans(const PlanRequest& request);

}  // namespace fihost
