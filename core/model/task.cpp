#include "core/model/task.hpp"

#include <fihost/tensor.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/file_tree.hpp"
#include "core/base/json.hpp"
#include "core/base/json_lines.hpp"
#include "core/model/lax_json.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

constexpr const char* definition_file = "definition.json";
constexpr const char* workload_file = "workloads.jsonl";

/// What a search met: names for the message when nothing fits, and the files it could not use.
struct Search {
  std::vector<std::string> names;
  std::vector<std::string> malformed;  ///< one line each

  void skip(const Error& error) {
    const std::string_view text = error.what();
    malformed.emplace_back(text.substr(0, text.find('\n')));
  }
};

bool is_file(const fs::path& path) {
  std::error_code code;
  return fs::is_regular_file(path, code);
}

bool is_folder(const fs::path& path) {
  std::error_code code;
  return fs::is_directory(path, code);
}

fs::path normal(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> out;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    out.push_back(it->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// The definition in `path` if it is the one called `name`.
std::optional<Definition> read_if_named(const fs::path& path, const std::string& name,
                                        Search& search) {
  try {
    const auto json = read_json(path);
    const Json& found = member(json, "name");
    if (found.is_string()) search.names.push_back(found.get<std::string>());
    if (found == name) return parse_definition(json, path.string());
    if (!found.is_string()) fail("{}: not a valid definition: it has no name", path.string());
  } catch (const Error& e) {
    search.skip(e);
  }
  return std::nullopt;
}

[[noreturn]] void fail_not_found(const std::string& name, const std::string& where,
                                 Search& search) {
  std::sort(search.names.begin(), search.names.end());
  search.names.erase(std::unique(search.names.begin(), search.names.end()), search.names.end());
  std::string known, malformed;
  for (const auto& other : search.names) {
    if (other != name) known += (known.empty() ? "" : ", ") + other;
  }
  for (const auto& text : search.malformed) malformed += "; unusable: " + text;
  fail("no usable definition {} in {}; there are: {}{}", name, where,
       known.empty() ? "none" : known, malformed);
}

/// Folders that hold a definition, below `folders` or one of them.
std::vector<fs::path> task_folders(const std::vector<fs::path>& folders) {
  std::vector<fs::path> out;
  for (const auto& folder : folders) {
    if (is_file(folder / definition_file)) out.push_back(folder);
    for (const auto& entry : sorted_entries(folder)) {
      if (is_file(entry / definition_file)) out.push_back(entry);
    }
  }
  return out;
}

/// The folder and definition of task `name`. One whose folder bears that name but cannot be read is
/// an error: passing it over would leave another tolerance in force.
std::optional<std::pair<fs::path, Definition>> find_folder(const std::string& name,
                                                           const std::vector<fs::path>& folders,
                                                           Search& search) {
  for (const auto& folder : task_folders(folders)) {
    const auto before = search.malformed.size();
    if (auto definition = read_if_named(folder / definition_file, name, search)) {
      return std::pair{folder, std::move(*definition)};
    }
    if (search.malformed.size() > before && folder.filename() == name) {
      static_cast<void>(parse_definition(read_json(folder / definition_file),
                                         (folder / definition_file).string()));
    }
  }
  return std::nullopt;
}

Definition find_in_dataset(const std::string& name, const fs::path& dataset) {
  if (!is_folder(dataset / "definitions")) {
    fail("{}: not a dataset: it has no folder \"definitions\"", dataset.string());
  }
  Search search;
  std::optional<Definition> found;
  fs::path first;
  for (const auto& path : files_below(dataset / "definitions", ".json")) {
    auto definition = read_if_named(path, name, search);
    if (!definition) continue;
    if (found) fail("definition {} is in {} and in {}", name, first.string(), path.string());
    found = std::move(definition);
    first = path;
  }
  if (!found) fail_not_found(name, dataset.string(), search);
  return std::move(*found);
}

/// Whether a line of the file may belong to `name`, judged without parsing: a malformed file of
/// another definition must not get in the way.
bool may_concern(const fs::path& path, const std::string& name) {
  const auto plain = [](char c) { return c >= ' ' && c != '"' && c != '\\' && c != '/'; };
  // Other characters may be escaped in several ways; only parsing tells.
  if (!std::all_of(name.begin(), name.end(), plain)) return true;
  JsonLines lines(path);
  for (std::string_view line; lines.next(line);) {
    if (line.find('"' + name + '"') != std::string_view::npos) return true;
  }
  return false;
}

std::vector<Workload> dataset_workloads(const Definition& definition, const fs::path& dataset) {
  std::vector<Workload> all;
  for (const auto& path : files_below(dataset / "workloads", ".jsonl")) {
    if (!may_concern(path, definition.name)) continue;
    for (auto& workload : read_workloads(path, definition)) {
      const bool known = std::any_of(all.begin(), all.end(),
                                     [&](const Workload& w) { return w.uuid == workload.uuid; });
      if (known) {
        fail("{}: the uuid {} is also in another file of the dataset", path.string(),
             workload.uuid);
      }
      all.push_back(std::move(workload));
    }
  }
  return all;
}

std::optional<fs::path> existing(const fs::path& path) {
  return is_file(path) ? std::optional(path) : std::nullopt;
}

}  // namespace

std::vector<fs::path> task_path(const fs::path& prefix) {
  std::vector<fs::path> out;
  const char* variable = std::getenv("FIHOST_TASK_PATH");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    if (!folder.empty()) out.emplace_back(folder);
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
  }
  out.push_back(prefix / "share" / "fihost" / "candidates");
  return out;
}

std::optional<fs::path> task_folder_of(const fs::path& path) {
  const auto whole = normal(path);
  const auto folder = is_folder(whole) ? whole : whole.parent_path();
  if (is_file(folder / definition_file)) return folder;
  return std::nullopt;
}

Task load_task(const fs::path& folder, const fs::path& cache) {
  Task task;
  task.folder = normal(folder);
  const auto definition = task.folder / definition_file;
  task.definition = parse_definition(read_json(definition), definition.string());
  const fs::path name = task.definition.name;
  // The name becomes a folder in the cache.
  if (name.has_parent_path() || name == "." || name == "..") {
    fail("{}: the name \"{}\" of a task must be a plain file name", definition.string(),
         task.definition.name);
  }
  const auto workloads = task.folder / workload_file;
  task.workloads = read_workloads(workloads, task.definition);
  task.root = normal(cache / "tasks" / name);
  task.builtin_data = true;
  return task;
}

Task find_task(const std::string& name, const std::optional<fs::path>& dataset,
               const std::vector<fs::path>& folders, const fs::path& cache) {
  Search search;
  if (!dataset) {
    if (const auto found = find_folder(name, folders, search))
      return load_task(found->first, cache);
    std::string where;
    for (const auto& folder : folders) where += (where.empty() ? "" : ":") + folder.string();
    fail_not_found(name, where.empty() ? "the task path, which is empty" : where, search);
  }
  Task task;
  task.root = normal(*dataset);
  task.definition = find_in_dataset(name, task.root);
  task.workloads = dataset_workloads(task.definition, task.root);
  if (const auto found = find_folder(name, folders, search)) {
    task.folder = normal(found->first);
    task.definition.tolerance = found->second.tolerance;
  }
  return task;
}

std::optional<fs::path> trusted_source(const Task& task, const std::string& role, int device_type) {
  if (task.folder.empty()) return std::nullopt;
  return existing(task.folder / (role + (device_type == FIHOST_CUDA ? ".cu" : ".cpp")));
}

fs::path blob_path(const Task& task, const SafetensorsInput& input) {
  return normal(task.root / input.path);
}

}  // namespace fihost
