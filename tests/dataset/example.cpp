#include "tests/dataset/example.hpp"

#include <array>

#include "core/model/safetensors.hpp"

using fihost::Json;

ExampleDataset::ExampleDataset() {
  definition = root() / "definitions/scaling/scale.json";
  workloads = root() / "workloads/scaling/scale.jsonl";
  solution = root() / "solutions/me/scaling/scale/fast.json";
  traces = root() / "traces/me/scaling/scale.jsonl";
  blob = root() / "blob/workloads/scaling/scale/scale_u1.safetensors";
  fihost::write_text(definition, fihost::dump(example_definition(), 2));
  fihost::write_text(
      workloads,
      R"({"definition":"scale","workload":{"axes":{"rows":2},"inputs":{"x":{"type":"safetensors",)"
      R"("path":"blob/workloads/scaling/scale/scale_u1.safetensors","tensor_key":"x"}},"uuid":"u1"},)"
      R"("solution":null,"evaluation":null})"
      "\n");
  fihost::write_text(solution, fihost::dump(example_solution("fast", "me"), 2));
  fihost::write_text(traces, fihost::dump(to_json(passed_trace("fast", "u1", 1, 2))) + "\n");
  static constexpr std::array<float, 8> values = {1, 2, 3, 4, 5, 6, 7, 8};
  std::filesystem::create_directories(blob.parent_path());
  fihost::write_safetensors(blob, {{"x",
                                    {.dtype = fihost::DType::float32,
                                     .shape = {2, 4},
                                     .data = std::as_bytes(std::span<const float>(values))}}});
}

Json example_definition() {
  return Json::parse(R"({"name": "scale", "op_type": "scaling", "description": "twice",
    "axes": {"rows": {"type": "var", "description": "rows"},
             "cols": {"type": "const", "value": 4, "description": "columns"}},
    "inputs": {"x": {"shape": ["rows", "cols"], "dtype": "float32", "description": "in"}},
    "outputs": {"y": {"shape": ["rows", "cols"], "dtype": "float32", "description": "out"}},
    "reference": "def run(x):\n    return 2 * x\n"})");
}

Json example_solution(const std::string& name, const std::string& author) {
  return {
      {"name", name},
      {"definition", "scale"},
      {"author", author},
      {"spec", {{"language", "cuda"}, {"target_hardware", {"cuda"}}, {"entry_point", "k.cu::run"}}},
      {"sources", {{{"path", "k.cu"}, {"content", "// " + name}}}}};
}

fihost::Trace passed_trace(const std::string& solution, const std::string& uuid, double latency_ms,
                           double reference_ms) {
  auto trace = failed_trace(solution, uuid);
  trace.evaluation->status = fihost::Status::passed;
  trace.evaluation->correctness.emplace();
  trace.evaluation->performance = {.latency_ms = latency_ms,
                                   .reference_latency_ms = reference_ms,
                                   .speedup_factor = reference_ms / latency_ms};
  return trace;
}

fihost::Trace failed_trace(const std::string& solution, const std::string& uuid) {
  fihost::Trace trace;
  trace.definition = "scale";
  trace.workload.uuid = uuid;
  trace.workload.axes = {{"rows", 2}};
  trace.solution = solution;
  auto& evaluation = trace.evaluation.emplace();
  evaluation.status = fihost::Status::runtime_error;
  evaluation.hardware = "GPU";
  evaluation.timestamp = fihost::trace_timestamp();
  return trace;
}
