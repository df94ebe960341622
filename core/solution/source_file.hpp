// Files of a disk as sources of a solution.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/solution.hpp"

namespace fihost {

/// The file at `path` as a source called `name`, with its line ends as LF: flashinfer-bench rebuilds
/// a solution with other ends on every run. Throws Error for what no solution can hold: an empty
/// file, bytes that are not UTF-8.
[[nodiscard]] SolutionSource read_source(const std::filesystem::path& path, std::string name);

/// The sources below `folder`, by the suffixes that solutions hold, in the order of their names;
/// hidden files and folders are left out.
[[nodiscard]] std::vector<SolutionSource> read_source_folder(const std::filesystem::path& folder);

/// What `#include` lines name, without quotes or brackets: those in quotes, or those in brackets.
[[nodiscard]] std::vector<std::string> included_names(const std::string& source, bool quoted);

/// Names of the functions that the text of a source exports: through TVM-FFI, or by a top-level `def`
/// in Python.
[[nodiscard]] std::vector<std::string> exported_functions(const SolutionSource& source);

}  // namespace fihost
