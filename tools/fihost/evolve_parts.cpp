#include "tools/fihost/evolve_parts.hpp"

#include <atomic>
#include <iostream>

#include "core/base/paths.hpp"

namespace fihost {

std::vector<search::MutatorConfig> default_mutators(const search::EvolveConfig& config) {
  std::vector<search::MutatorConfig> mutators;
  if (!config.llm.id.empty()) {
    const bool diff = config.diff_based_evolution;
    mutators.push_back({.id = "mutator.llm_diff", .weight = diff ? 0.5 : 0.1});
    mutators.push_back({.id = "mutator.llm_rewrite", .weight = diff ? 0.2 : 0.6});
    mutators.push_back({.id = "mutator.llm_crossover", .weight = 0.1});
  }
  mutators.push_back({.id = "mutator.params", .weight = 0.1});
  mutators.push_back({.id = "mutator.dispatch", .weight = 0.1});
  return mutators;
}

EvolveParts find_parts(const search::EvolveConfig& config,
                       const std::vector<std::filesystem::path>& plugin_folders,
                       const DeviceInfo& device, std::stop_token stop) {
  const Registry registry(plugin_path(plugin_folders, install_prefix()));
  EvolveParts parts;
  for (const auto& refusal : registry.refusals()) {
    parts.remarks.push_back(
        fmt::format("warning: {}: {}", refusal.library.string(), refusal.reason));
  }
  const auto make = [&](const char* kind, const std::string& id, const Json& given) {
    return registry.create(kind, id, search::expanded(given, id), stop);
  };
  for (const auto& component : registry.components()) {
    if (component.id == config.evaluator.scorer) parts.score_rule = component.summary;
  }
  parts.scorer = make("scorer/1", config.evaluator.scorer, Json::object());
  for (const auto& mutator : config.mutators) {
    parts.mutators[mutator.id] = make("mutator/1", mutator.id, mutator.config);
  }
  if (!config.llm.id.empty()) {
    parts.llm = make("llm/1", config.llm.id, config.llm.config);
  } else {
    parts.remarks.emplace_back(
        "no model is configured: only constants are swept and parents joined; --model NAME with "
        "--api-base URL, or section llm of a --config, adds one");
  }
  if (config.profiler.id.empty()) return parts;
  parts.profiler = make("profiler/1", config.profiler.id, config.profiler.config);
  if (const auto why = search::profiler_refusal(*parts.profiler, device); !why.empty()) {
    parts.remarks.push_back(fmt::format("no profiles: {}: {}", config.profiler.id, why));
    parts.profiler.reset();
  }
  return parts;
}

search::BuildSource source_builder(const Builder& builder, const TempDir& scratch,
                                   search::Language language, std::vector<std::string> archs,
                                   std::chrono::milliseconds timeout) {
  // Several proposals build at once, and may use one name.
  const auto number = std::make_shared<std::atomic<std::uint64_t>>(0);
  return [&builder, &scratch, language, archs = std::move(archs), timeout, number](
             const std::string& source, std::stop_token stop) {
    const auto folder = scratch.path() / std::to_string((*number)++);
    const auto file = folder / ("candidate" + std::string(search::suffix(language)));
    write_text(file, source);
    auto result = builder.build({.source = file, .archs = archs, .flags = {}}, timeout, stop);
    std::error_code code;
    std::filesystem::remove_all(folder, code);
    return result;
  };
}

}  // namespace fihost
