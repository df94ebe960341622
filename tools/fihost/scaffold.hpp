// From a folder of templates to files of one's own.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace fihost {

/// Copies every file of `templates` to `target`, with each @KEY@ in names and contents replaced by
/// its value, and returns the new files in the order of their names. Throws Error: usage when one of
/// them exists already (then nothing is written), internal when a key has no value.
std::vector<std::filesystem::path> write_scaffold(const std::filesystem::path& templates,
                                                  const std::filesystem::path& target,
                                                  const std::map<std::string, std::string>& values);

}  // namespace fihost
