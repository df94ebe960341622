// Making a dataset, and putting tasks into it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/task.hpp"

namespace fihost {

/// Make the folders of an empty dataset. Folders that are there stay as they are. Throws Error.
void make_dataset(const std::filesystem::path& root);

/// What was added, relative to the dataset's root.
using AddedFiles = std::vector<std::filesystem::path>;

/// Write the task's definition and workloads to their places, and link or copy the blobs that the
/// workloads name, which must be there. Throws Error, before anything is written, when the definition
/// or its workload file is already there.
AddedFiles add_task(const std::filesystem::path& root, const Task& task, const Json& definition);

}  // namespace fihost
