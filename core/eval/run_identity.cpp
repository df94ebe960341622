#include "core/eval/run_identity.hpp"

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// Blobs are gigabytes: size and time stand for the content.
void add_blobs(Hash& hash, const Task& task, const Workload& workload) {
  for (const auto& [name, source] : workload.inputs) {
    const auto* input = std::get_if<SafetensorsInput>(&source);
    if (input == nullptr) continue;
    const auto path = blob_path(task, *input);
    std::error_code code;
    const auto bytes = fs::file_size(path, code);
    const auto time = fs::last_write_time(path, code);
    hash.add(path.string());
    hash.add(code ? "none" : fmt::format("{} {}", bytes, time.time_since_epoch().count()));
  }
}

Json tolerance_json(const Tolerance& tolerance) {
  const auto& ratio = tolerance.required_matched_ratio;
  return {tolerance.atol, tolerance.rtol, ratio ? Json(*ratio) : Json()};
}

}  // namespace

std::string content_digest(const fs::path& file) { return Hash().add(read_text(file)).hex(); }

RunIdentity identify(const EvaluationRequest& request, const TrustedObjects& trusted) {
  Hash hash;
  const auto& definition = request.task.definition;
  hash.add(content_digest(request.worker));
  hash.add(trusted.reference.empty() ? "PyTorch" : content_digest(trusted.reference));
  hash.add(definition.name).add(definition.reference);
  hash.add(dump(tolerance_json(definition.tolerance)));
  for (const auto& workload : request.workloads) {
    hash.add(dump(to_json(workload)));
    add_blobs(hash, request.task, workload);
  }
  const auto& device = request.device;
  for (const auto& text : {device.type, device.name, device.arch, device.driver, device.uuid}) {
    hash.add(text);
  }
  hash.add(fmt::format("{} {} {} {}", request.quick, request.flush, name(request.rule),
                       request.timeout_s));
  RunIdentity run;
  run.seed = request.seed;
  run.family = hash.hex();
  run.key = Hash().add(run.family).add(std::to_string(run.seed)).hex();
  return run;
}

}  // namespace fihost
