#include "tests/end_to_end/scale_run.hpp"

#include "core/base/temp_dir.hpp"
#include "tests/end_to_end/fihost_process.hpp"

namespace fihost::test {
namespace {

const std::filesystem::path& shared_cache() {
  static const TempDir folder;
  return folder.path();
}

EvaluationRequest run_of(const std::string& definition, std::filesystem::path tasks) {
  EvaluationRequest request;
  request.task_folders = {std::move(tasks)};
  request.cache = shared_cache();
  request.task = find_task(definition, std::nullopt, request.task_folders, request.cache);
  request.workloads = request.task.workloads;
  request.prefix = build_tree();
  request.worker = build_tree() / "bin/fihost-worker";
  request.seed = 7;
  return request;
}

}  // namespace

const Builder& shared_builder() {
  static const Builder builder(find_toolchain(), build_tree(), shared_cache());
  return builder;
}

EvaluationRequest scale_run() {
  auto request = run_of("scale_f32", build_tree() / "tests/end_to_end/tasks");
  request.quick = true;
  request.timeout_s = 2;
  return request;
}

EvaluationRequest installed_run(const std::string& definition, const std::string& device_type) {
  auto request = run_of(definition, build_tree() / "share/fihost/candidates");
  request.device.type = device_type;
  return request;
}

}  // namespace fihost::test
