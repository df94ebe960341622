// What `fihost evolve` is told: the configuration, with the command line on top.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/search/config.hpp"
#include "tools/fihost/evaluation_options.hpp"

namespace fihost {

struct EvolveOptions {
  search::EvolveConfig config;
  EvaluationOptions evaluation;                 ///< of the seed, for the task and the device
  std::filesystem::path output;                 ///< the run's folder
  bool resume = false;                          ///< `output` holds a run already, which goes on
  std::optional<std::filesystem::path> replay;  ///< a run whose decisions are made again
  std::vector<std::string> notes;               ///< about the configuration, a line each
};

[[nodiscard]] std::vector<Option> evolve_options();

/// Makes the file of a branch when one is asked for. Throws Error: usage for what has no sense, as a
/// seed together with --resume.
[[nodiscard]] EvolveOptions read_evolve_options(const Arguments& arguments);

/// Where to find out again what a run was started with; part of what it says about itself.
[[nodiscard]] Json invocation_json(const EvaluationOptions& options);

}  // namespace fihost
