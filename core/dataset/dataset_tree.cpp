#include "core/dataset/dataset_tree.hpp"

#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/model/trace.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) fail("cannot make the folder {}: {}", folder.string(), code.message());
}

std::string workload_lines(const Task& task) {
  std::string lines;
  for (const auto& workload : task.workloads) {
    Trace trace;
    trace.definition = task.definition.name;
    trace.workload = workload;
    auto line = to_json(trace);
    if (workload.cost)
      line["cost"] = {{"bytes", workload.cost->bytes}, {"flops", workload.cost->flops}};
    lines += dump(line) + "\n";
  }
  return lines;
}

/// The blobs that the workloads name with a relative path.
std::set<std::string> blobs_of(const Task& task) {
  std::set<std::string> paths;
  for (const auto& workload : task.workloads) {
    for (const auto& [name, source] : workload.inputs) {
      const auto* file = std::get_if<SafetensorsInput>(&source);
      if (file != nullptr && fs::path(file->path).is_relative()) paths.insert(file->path);
    }
  }
  return paths;
}

/// A hard link where both are on one file system: blobs are large and never changed in place.
void link_or_copy(const fs::path& from, const fs::path& to) {
  make_folder(to.parent_path());
  std::error_code code;
  fs::create_hard_link(from, to, code);
  if (!code || code == std::errc::file_exists) return;
  code.clear();
  fs::copy_file(from, to, fs::copy_options::skip_existing, code);
  if (code) fail("cannot copy {} to {}: {}", from.string(), to.string(), code.message());
}

}  // namespace

void make_dataset(const fs::path& root) {
  for (const auto* part : {"definitions", "workloads", "solutions", "traces", "blob/workloads"}) {
    make_folder(root / part);
  }
}

AddedFiles add_task(const fs::path& root, const Task& task, const Json& definition) {
  const fs::path op = task.definition.op_type;
  const auto& name = task.definition.name;
  const auto definition_file = fs::path("definitions") / op / (name + ".json");
  const auto workload_file = fs::path("workloads") / op / (name + ".jsonl");
  for (const auto& file : {definition_file, workload_file}) {
    if (fs::exists(root / file)) fail("{}: it is already there", (root / file).string());
  }
  const auto blobs = blobs_of(task);
  for (const auto& blob : blobs) {
    const auto from = blob_path(task, {.path = blob, .tensor_key = {}});
    if (!fs::exists(from)) fail("{}: the workloads name it, and it is not there", from.string());
    link_or_copy(from, (root / blob).lexically_normal());
  }
  write_text(root / definition_file, dump(definition, 2) + "\n");
  write_text(root / workload_file, workload_lines(task));
  AddedFiles added = {definition_file, workload_file};
  added.insert(added.end(), blobs.begin(), blobs.end());
  return added;
}

}  // namespace fihost
