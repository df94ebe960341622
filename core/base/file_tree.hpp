// Files below a folder, in an order that does not depend on the file system.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace fihost {

/// Regular files with this extension at any depth below `root`, in the order of their paths. Links to
/// folders are followed once: a loop of links ends the descent instead of the program. What cannot be
/// read is passed over; a `root` that does not exist holds nothing.
[[nodiscard]] std::vector<std::filesystem::path> files_below(const std::filesystem::path& root,
                                                             std::string_view extension);

}  // namespace fihost
