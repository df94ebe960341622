// Makes the blobs that a built-in task's workloads name, by the task's own generator.
#pragma once

#include "core/device/device.hpp"
#include "core/device/trusted_object.hpp"
#include "core/model/task.hpp"

namespace fihost::device {

/// True if a safetensors file that `workload` names does not exist.
[[nodiscard]] bool lacks_data(const Task& task, const Workload& workload);

/// Write the files that `workload` names. Only the inputs it takes from files are generated; the
/// seed is the workload's uuid, so every machine makes the same data. Throws Error.
void make_data(const Task& task, const Workload& workload, TrustedObject& generator, Device& cpu);

}  // namespace fihost::device
