// config.toml of a contest's starter kit: what a solution is, beside the folder of its sources.
//
//   [solution]  name, definition, author; description
//   [build]     language, entry_point; destination_passing_style, binding, dependencies,
//               target_hardware, sources
//
// The starter kit itself knows the first three of each. `sources` lists the paths in their order;
// without it the files are taken in the order of their names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/solution.hpp"

namespace fihost {

struct SolutionConfig {
  Solution solution;                 ///< without sources; the entry point as it is written
  std::string entry_point;           ///< perhaps not FILE::SYMBOL yet
  std::string entry_where;           ///< "config.toml:8", where it is written
  std::vector<std::string> sources;  ///< their paths; empty: not listed
  std::vector<std::string> notes;    ///< keys that nobody knows, one line each
};

/// Throws Error with path and line for what cannot be read, all violations at once.
[[nodiscard]] SolutionConfig read_config_toml(const std::filesystem::path& path);

/// A config.toml from which, with the sources, the same solution is made again.
[[nodiscard]] std::string config_toml_text(const Solution& solution);

}  // namespace fihost
