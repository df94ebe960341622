#include "core/build/build_result.hpp"

namespace fihost {

Json to_json(const KernelUsage& usage) {
  return {{"kernel", usage.kernel},
          {"arch", usage.arch},
          {"registers", usage.registers},
          {"stack_bytes", usage.stack_bytes},
          {"spill_store_bytes", usage.spill_store_bytes},
          {"spill_load_bytes", usage.spill_load_bytes},
          {"shared_bytes", usage.shared_bytes}};
}

Json to_json(const BuildResult& result) {
  Json diagnostics = Json::array();
  for (const auto& d : result.diagnostics) {
    diagnostics.push_back(
        {{"file", d.file}, {"line", d.line}, {"severity", d.severity}, {"message", d.message}});
  }
  Json kernels = Json::array();
  for (const auto& k : result.kernels) kernels.push_back(to_json(k));
  return {{"ok", result.ok},
          {"cached", result.cached},
          {"seconds", result.seconds},
          {"object", result.object.empty() ? Json() : Json(result.object.string())},
          {"diagnostics", diagnostics},
          {"kernels", kernels},
          {"log", result.log}};
}

BuildResult read_build_result(const Json& json) {
  BuildResult result;
  result.ok = json.at("ok");
  result.seconds = json.at("seconds");
  result.log = json.at("log");
  for (const Json& d : json.at("diagnostics")) {
    result.diagnostics.push_back({d.at("file"), d.at("line"), d.at("severity"), d.at("message")});
  }
  for (const Json& k : json.at("kernels")) {
    result.kernels.push_back({.kernel = k.at("kernel"),
                              .arch = k.at("arch"),
                              .registers = k.at("registers"),
                              .stack_bytes = k.at("stack_bytes"),
                              .spill_store_bytes = k.at("spill_store_bytes"),
                              .spill_load_bytes = k.at("spill_load_bytes"),
                              .shared_bytes = k.at("shared_bytes")});
  }
  return result;
}

}  // namespace fihost
