// The plugins that take part in an evolution, and what builds its children.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/temp_dir.hpp"
#include "core/eval/evaluation.hpp"
#include "core/plugin/registry.hpp"
#include "core/search/config.hpp"
#include "core/search/evolution.hpp"
#include "core/search/profiling.hpp"
#include "core/search/proposal.hpp"

namespace fihost {

struct EvolveParts {
  std::unique_ptr<Component> scorer;
  std::map<std::string, std::unique_ptr<Component>> mutators;
  std::unique_ptr<Component> llm;       ///< null: none is configured
  std::unique_ptr<Component> profiler;  ///< null: none is wanted, or it cannot work here
  std::string score_rule;               ///< the scorer's summary
  std::vector<std::string> remarks;     ///< for people, a line each
};

/// The mutators that take part when the configuration names none: those that ask a model where there
/// is one, and those that need none.
[[nodiscard]] std::vector<search::MutatorConfig> default_mutators(
    const search::EvolveConfig& config);

/// Throws Error (usage) for a component that is not there, or its configuration.
[[nodiscard]] EvolveParts find_parts(const search::EvolveConfig& config,
                                     const std::vector<std::filesystem::path>& plugin_folders,
                                     const DeviceInfo& device, std::stop_token stop);

/// Builds sources in `scratch` with `builder`; both outlive the result.
[[nodiscard]] search::BuildSource source_builder(const Builder& builder, const TempDir& scratch,
                                                 search::Language language,
                                                 std::vector<std::string> archs,
                                                 std::chrono::milliseconds timeout);

}  // namespace fihost
