// The blobs of a built-in task, which its generator makes on first use.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "core/build/builder.hpp"
#include "core/model/task.hpp"

namespace fihost {

/// Whether a blob that the task's workloads name is missing.
[[nodiscard]] bool lacks_blobs(const Task& task);

struct TaskDataRequest {
  const Task& task;
  std::filesystem::path prefix;  ///< the installation
  std::filesystem::path cache;
  std::function<void(const std::string& text)> progress;  ///< may be empty
};

/// Make the blobs that are missing, in a judge on the CPU. Throws Error when the task has no generator
/// or it fails; Cancelled on stop.
void make_blobs(const TaskDataRequest& request, const Builder& builder, std::stop_token stop);

}  // namespace fihost
