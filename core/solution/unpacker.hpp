// A solution to files.
#pragma once

#include <filesystem>
#include <vector>

#include "core/model/solution.hpp"

namespace fihost {

/// "gemm v2/x" -> "gemm_v2_x": the name as one part of a path.
[[nodiscard]] std::string folder_name(const Solution& solution);

/// Write config.toml and solution/<language>/<sources> below `folder`; packing that folder gives a
/// solution with the same hash, unless its sources had other line ends than LF. Returns the files
/// written. Throws Error (usage) when one of them is there already and `force` is not set, and
/// Error for a source that would leave the folder.
std::vector<std::filesystem::path> unpack(const Solution& solution,
                                          const std::filesystem::path& folder, bool force);

}  // namespace fihost
