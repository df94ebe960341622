#include "core/eval/task_data.hpp"

#include <algorithm>

#include "core/eval/judge_client.hpp"
#include "core/eval/trusted_objects.hpp"
#include "core/eval/worker_probe.hpp"

namespace fihost {

bool lacks_blobs(const Task& task) {
  return std::any_of(task.workloads.begin(), task.workloads.end(), [&](const Workload& workload) {
    return std::any_of(workload.inputs.begin(), workload.inputs.end(), [&](const auto& input) {
      const auto* file = std::get_if<SafetensorsInput>(&input.second);
      std::error_code code;
      return file != nullptr && !std::filesystem::exists(blob_path(task, *file), code);
    });
  });
}

void make_blobs(const TaskDataRequest& request, const Builder& builder, std::stop_token stop) {
  if (!lacks_blobs(request.task)) return;
  const auto& task = request.task;
  const auto trusted = trusted_objects(
      {.task = task, .device = DeviceInfo{}, .prefix = request.prefix, .archs = {}}, builder, stop);
  JudgeSettings settings;
  settings.worker = worker_program(request.prefix);
  settings.device = "cpu";
  for (const auto& workload : task.workloads) settings.workloads.push_back(workload.uuid);
  settings.open = {{"definition", task.definition.name},
                   {"dataset", nullptr},
                   {"task_path", {task.folder.string()}},
                   {"cache", request.cache.string()},
                   {"seed", 0},
                   {"reference", trusted.reference.string()},
                   {"generator", trusted.generator ? Json(trusted.generator->string()) : Json()},
                   {"workloads", settings.workloads},
                   {"timing", {{"policy", "quick"}, {"flush", "zero"}}},
                   {"timeout_s", 60}};
  JudgeClient judge(std::move(settings), std::move(stop));
  JudgeEvents events;
  events.progress = request.progress;
  judge.open(events);
}

}  // namespace fihost
