#include "core/eval/task_data.hpp"

#include <algorithm>

#include "core/eval/judge_client.hpp"
#include "core/eval/judge_request.hpp"
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
  const auto trusted = trusted_objects({.task = task,
                                        .device = DeviceInfo{},
                                        .prefix = request.prefix,
                                        .archs = {},
                                        .choice = ReferenceChoice::native},
                                       builder, stop);
  EvaluationRequest evaluation;
  evaluation.task = task;
  evaluation.task_folders = {task.folder};
  evaluation.workloads = task.workloads;
  evaluation.worker = worker_program(request.prefix);
  evaluation.cache = request.cache;
  auto settings = judge_settings(evaluation, trusted);
  JudgeClient judge(std::move(settings), std::move(stop));
  JudgeEvents events;
  events.progress = request.progress;
  judge.open(events);
}

}  // namespace fihost
