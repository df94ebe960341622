// What a candidate is measured against: a definition, its workloads and the trusted objects.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/model/definition.hpp"
#include "core/model/workload.hpp"

namespace fihost {

/// A task folder holds definition.json, workloads.jsonl, the sources of the trusted objects
/// (reference.cpp for the CPU, reference.cu for CUDA, generator.cpp) and candidates beside them.
struct Task {
  Definition definition;
  std::vector<Workload> workloads;
  std::filesystem::path folder;  ///< where the trusted sources are; empty when there is none
  std::filesystem::path root;    ///< what relative blob paths of the workloads are relative to
  bool builtin_data = false;     ///< blobs that are missing under root may be generated
};

/// Folders that may hold tasks: $FIHOST_TASK_PATH (colon list), then <prefix>/share/fihost/candidates.
[[nodiscard]] std::vector<std::filesystem::path> task_path(const std::filesystem::path& prefix);

/// The folder of `path` (a folder or a file in it) if it is a task folder.
[[nodiscard]] std::optional<std::filesystem::path> task_folder_of(
    const std::filesystem::path& path);

/// Read a task folder; its data lives under `cache`/tasks/<definition>. Throws Error.
[[nodiscard]] Task load_task(const std::filesystem::path& folder,
                             const std::filesystem::path& cache);

/// The task of definition `name`: from `dataset` (a FlashInfer Trace tree) when given, with trusted
/// objects and tolerance taken from the task folder of that name if `folders` hold one; else that
/// folder alone. Throws Error naming what there is when nothing has that name.
[[nodiscard]] Task find_task(const std::string& name,
                             const std::optional<std::filesystem::path>& dataset,
                             const std::vector<std::filesystem::path>& folders,
                             const std::filesystem::path& cache);

/// Source of a trusted object ("reference" or "generator") for `device_type` (FIHOST_CPU: .cpp,
/// FIHOST_CUDA: .cu), if the task has one.
[[nodiscard]] std::optional<std::filesystem::path> trusted_source(const Task& task,
                                                                  const std::string& role,
                                                                  int device_type);

/// Absolute path of a blob that a workload names.
[[nodiscard]] std::filesystem::path blob_path(const Task& task, const SafetensorsInput& input);

}  // namespace fihost
