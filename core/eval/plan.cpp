#include "core/eval/plan.hpp"

#include <algorithm>
#include <map>

#include "core/base/error.hpp"
#include "core/base/json.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// Where one file goes. No definition: nowhere.
struct Placement {
  std::optional<std::string> definition;
  std::optional<Rejection> rejection;
};

std::string definition_name(const fs::path& task) {
  const auto file = task / "definition.json";
  const auto json = read_json(file);
  if (!json.is_object() || !json.contains("name") || !json["name"].is_string()) {
    fail("{}: there is no \"name\" in it", file.string());
  }
  return json["name"].get<std::string>();
}

Rejection refusal(std::string reason) {
  return {.status = Status::compile_error, .reason = std::move(reason)};
}

Placement place_source(const FoundFile& file, const std::optional<std::string>& wanted,
                       const std::string& task_name) {
  if (wanted) {
    const bool other = !task_name.empty() && task_name != *wanted;
    if (other && !file.given) return {};
    return {.definition = wanted, .rejection = file.rejection};
  }
  if (!task_name.empty()) return {.definition = task_name, .rejection = file.rejection};
  if (!file.given) return {};
  if (file.rejection) return {.definition = "", .rejection = file.rejection};
  throw Error(fmt::format("{}: found no definition.json beside or above it; say what it implements "
                          "with --definition NAME",
                          file.path.string()),
              Fault::usage);
}

Placement place_solution(const FoundFile& file, const std::optional<std::string>& wanted) {
  const auto& definition = file.solution->definition;
  if (file.rejection || !wanted || definition == *wanted) {
    return {.definition = wanted.value_or(definition), .rejection = file.rejection};
  }
  return {.definition = wanted,
          .rejection = refusal(fmt::format("it implements {}, wanted {}", definition, *wanted))};
}

Placement place_object(const FoundFile& file, const Inspection& inspection,
                       const PlanRequest& request, const std::string& task_name) {
  const auto& wanted = request.definition;
  if (inspection.tvm_ffi) return place_source(file, wanted, task_name);
  if (inspection.rejection) {
    return {.definition = wanted.value_or(task_name), .rejection = inspection.rejection};
  }
  const auto& descriptor = *inspection.descriptor;
  std::string reason;
  if (descriptor.role != "candidate") {
    reason = fmt::format("its role is {}, wanted candidate", descriptor.role);
  } else if (descriptor.device_type != request.device.type) {
    reason = fmt::format("it is built for {}, and the device is {}; give --device {}",
                         descriptor.device_type, request.device.text(), descriptor.device_type);
  } else if (wanted && descriptor.definition != *wanted) {
    reason = fmt::format("it implements {}, wanted {}", descriptor.definition, *wanted);
  }
  if (reason.empty()) return {.definition = descriptor.definition, .rejection = {}};
  if (!file.given) return {};
  return {.definition = wanted.value_or(descriptor.definition), .rejection = refusal(reason)};
}

Plan& plan_of(std::vector<Plan>& plans, const std::string& definition) {
  const auto found = std::find_if(plans.begin(), plans.end(),
                                  [&](const Plan& plan) { return plan.definition == definition; });
  if (found != plans.end()) return *found;
  plans.push_back({.definition = definition, .task = {}, .candidates = {}});
  return plans.back();
}

/// Files of unknown definition join the only definition there is.
void place_unknown(std::vector<Plan>& plans) {
  if (plans.size() != 2) return;
  const std::size_t unknown = plans[0].definition.empty() ? 0 : 1;
  if (!plans[unknown].definition.empty()) return;
  auto& into = plans[1 - unknown].candidates;
  auto& from = plans[unknown].candidates;
  into.insert(into.end(), std::make_move_iterator(from.begin()),
              std::make_move_iterator(from.end()));
  plans.erase(plans.begin() + static_cast<std::ptrdiff_t>(unknown));
}

/// The last `parts` components of `path`, without its suffix unless that tells it from a neighbour.
std::string name_of(const fs::path& path, int parts, bool with_suffix) {
  auto full = fs::absolute(path).lexically_normal();
  std::string name = with_suffix ? full.filename().string() : full.stem().string();
  for (int i = 1; i < parts && full.has_relative_path(); ++i) {
    full = full.parent_path();
    name = full.filename().string() + "/" + name;
  }
  return name;
}

fs::path without_suffix(const fs::path& path) {
  return fs::absolute(path).lexically_normal().replace_extension();
}

/// Folders in front of equal stems until they differ.
void make_unique(std::vector<PlannedCandidate>& candidates) {
  constexpr int most_parts = 64;
  std::map<fs::path, int> neighbours;
  for (const auto& candidate : candidates) ++neighbours[without_suffix(candidate.path)];
  const auto name = [&](const PlannedCandidate& candidate, int parts) {
    return name_of(candidate.path, parts, neighbours[without_suffix(candidate.path)] > 1);
  };
  for (auto& candidate : candidates) {
    candidate.name = candidate.solution ? candidate.solution->name : name(candidate, 1);
  }
  for (int parts = 2; parts <= most_parts; ++parts) {
    std::map<std::string, int> count;
    for (const auto& candidate : candidates) ++count[candidate.name];
    for (auto& candidate : candidates) {
      if (count[candidate.name] > 1) candidate.name = name(candidate, parts);
    }
    if (count.size() == candidates.size()) return;
  }
}

}  // namespace

std::vector<Plan> make_plans(const PlanRequest& request) {
  std::vector<Plan> plans;
  for (std::size_t i = 0; i < request.files.size(); ++i) {
    const auto& file = request.files[i];
    const auto task_name = file.task ? definition_name(*file.task) : std::string();
    const auto& inspection = request.inspections[i];
    const auto placement = file.solution ? place_solution(file, request.definition)
                           : file.source || !inspection
                               ? place_source(file, request.definition, task_name)
                               : place_object(file, *inspection, request, task_name);
    if (!placement.definition) continue;
    auto& plan = plan_of(plans, *placement.definition);
    if (!plan.task && task_name == plan.definition) plan.task = file.task;
    plan.candidates.push_back({.name = {},
                               .path = file.path,
                               .source = file.source,
                               .rejection = placement.rejection,
                               .solution = file.solution,
                               .tvm_ffi = inspection ? inspection->tvm_ffi : std::nullopt});
  }
  place_unknown(plans);
  if (plans.empty()) {
    throw Error(
        fmt::format("found no candidate for {}{} in what was given; wanted .so files, or {} "
                    "sources in a task folder or with --definition",
                    request.device.text(),
                    request.definition ? " and " + *request.definition : std::string(),
                    request.device.cuda() ? ".cu" : ".cpp"),
        Fault::usage);
  }
  for (auto& plan : plans) make_unique(plan.candidates);
  return plans;
}

}  // namespace fihost
