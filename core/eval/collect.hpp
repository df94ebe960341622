// From the paths of a command line to the files that may be candidates.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/eval/device_info.hpp"
#include "core/eval/inspection.hpp"
#include "core/model/solution.hpp"

namespace fihost {

/// A .so, .cu or .cpp file, or a solution.
struct FoundFile {
  std::filesystem::path path;                 ///< as given, or below the folder that was given
  bool given = false;                         ///< named itself, not found in a folder
  bool source = false;                        ///< has to be built
  std::optional<std::filesystem::path> task;  ///< the task folder it lies in
  std::optional<Rejection> rejection;         ///< named, but of no use
  std::optional<Solution> solution = {};      ///< what a .json file that was named holds
};

/// Files in the order of `paths`, folders recursively in the order of names. In folders the sources
/// of trusted objects (reference.*, generator.*, checker.*), hidden files and sources for another
/// device are passed over; such a source that is named itself is kept with its rejection. Solutions
/// (.json) have to be named. Each file appears once. Throws Error (usage) for a path that does not exist.
[[nodiscard]] std::vector<FoundFile> collect(const std::vector<std::filesystem::path>& paths,
                                             const DeviceInfo& device);

/// The nearest folder at or above `path` that holds a definition.json.
[[nodiscard]] std::optional<std::filesystem::path> enclosing_task(
    const std::filesystem::path& path);

}  // namespace fihost
