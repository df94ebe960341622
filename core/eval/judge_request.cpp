#include "core/eval/judge_request.hpp"

#include <cmath>

#include "core/base/paths.hpp"

namespace fihost {
namespace {

Json open_message(const EvaluationRequest& request, const TrustedObjects& trusted) {
  const auto& tolerance = request.task.definition.tolerance;
  Json folders = Json::array(), uuids = Json::array();
  for (const auto& folder : request.task_folders) folders.push_back(folder.string());
  for (const auto& workload : request.workloads) uuids.push_back(workload.uuid);
  const auto text = [](const auto& path) { return path ? Json(path->string()) : Json(nullptr); };
  const auto& ratio = tolerance.required_matched_ratio;
  return {{"definition", request.task.definition.name},
          {"dataset", text(request.dataset)},
          {"task_path", folders},
          {"cache", request.cache.string()},
          {"seed", request.seed},
          {"reference", trusted.reference.empty() ? Json() : Json(trusted.reference.string())},
          {"python", python_interpreter()},
          {"generator", text(trusted.generator)},
          {"workloads", uuids},
          {"tolerance",
           {{"atol", tolerance.atol},
            {"rtol", tolerance.rtol},
            {"required_matched_ratio", ratio ? Json(*ratio) : Json(nullptr)}}},
          {"rule", name(request.rule)},
          {"timing", {{"policy", request.quick ? "quick" : "default"}, {"flush", request.flush}}},
          {"timeout_s", request.timeout_s}};
}

}  // namespace

JudgeSettings judge_settings(const EvaluationRequest& request, const TrustedObjects& trusted) {
  JudgeSettings settings;
  settings.worker = request.worker;
  settings.device = request.device.text();
  settings.open = open_message(request, trusted);
  for (const auto& workload : request.workloads) settings.workloads.push_back(workload.uuid);
  // A silent judge times one workload: dozens of calls, each of them bounded by the timeout.
  settings.quiet_limit =
      std::chrono::seconds(120 + static_cast<std::int64_t>(std::ceil(30 * request.timeout_s)));
  settings.inherit_stderr = request.verbose;
  return settings;
}

}  // namespace fihost
