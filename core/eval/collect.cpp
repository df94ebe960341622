#include "core/eval/collect.hpp"

#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/model/task.hpp"
#include "core/solution/solution_build.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

bool is_trusted(const fs::path& path) {
  const auto file = path.filename().string();
  const auto stem = file.substr(0, file.find('.'));
  return stem == "reference" || stem == "generator" || stem == "checker";
}

/// Empty for a file of some use on `device`.
std::optional<Rejection> reject(const fs::path& path, const DeviceInfo& device) {
  const auto suffix = path.extension();
  if (suffix == ".so") return std::nullopt;
  Rejection rejection;
  if (suffix == ".cu" && !device.cuda()) {
    rejection.reason =
        "a .cu source needs a CUDA device, and the device is cpu; give --device cuda";
  } else if (suffix == ".cpp" && device.cuda()) {
    rejection.reason = fmt::format(
        "a .cpp source runs on the CPU, and the device is {}; give --device cpu", device.text());
  } else if (suffix != ".cu" && suffix != ".cpp") {
    rejection.reason =
        fmt::format("the suffix is '{}', wanted .so, .cu, .cpp or .json", suffix.string());
  } else {
    return std::nullopt;
  }
  return rejection;
}

std::vector<fs::path> walk(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  auto it = fs::recursive_directory_iterator(folder, error);
  if (error) fail("cannot read the folder {}: {}", folder.string(), error.message());
  for (; it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (error) fail("cannot read the folder {}: {}", folder.string(), error.message());
    if (it->path().filename().string().front() == '.') {
      it.disable_recursion_pending();
    } else if (it->is_regular_file(error)) {
      files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool runs_on_cpu(const Solution& solution) {
  const auto& hardware = solution.target_hardware;
  return !has_cuda_source(solution) &&
         std::find(hardware.begin(), hardware.end(), "cpu") != hardware.end();
}

/// Empty for a solution that can be built and tried on `device`.
std::string refuse_solution(const Solution& solution, const DeviceInfo& device) {
  if (auto reason = unsupported(solution); !reason.empty()) return reason;
  const auto* wanted = runs_on_cpu(solution) ? "cpu" : "cuda";
  if (device.type == wanted) return {};
  return fmt::format("the solution runs on {}, and the device is {}; give --device {}", wanted,
                     device.text(), wanted);
}

/// A .json file that was named: a candidate if it holds a solution.
FoundFile describe_solution(const fs::path& path, const DeviceInfo& device) {
  FoundFile found{.path = path,
                  .given = true,
                  .source = true,
                  .task = enclosing_task(path),
                  .rejection = {},
                  .solution = {}};
  std::string reason;
  try {
    found.solution = parse_solution(read_json(path), path.string());
    reason = refuse_solution(*found.solution, device);
  } catch (const Error& e) {
    reason = e.what();
    for (auto at = reason.find("\n  "); at != std::string::npos; at = reason.find("\n  ", at)) {
      reason.replace(at, 3, "; ");
    }
  }
  if (!reason.empty()) {
    found.rejection = Rejection{.status = Status::compile_error, .reason = reason};
  }
  return found;
}

FoundFile describe(const fs::path& path, const DeviceInfo& device, bool given) {
  return {.path = path,
          .given = given,
          .source = path.extension() != ".so",
          .task = enclosing_task(path),
          .rejection = reject(path, device),
          .solution = {}};
}

}  // namespace

std::optional<fs::path> enclosing_task(const fs::path& path) {
  auto folder = fs::absolute(path).lexically_normal();
  if (!fs::is_directory(folder)) folder = folder.parent_path();
  for (;; folder = folder.parent_path()) {
    if (auto task = task_folder_of(folder)) return task;
    if (folder == folder.root_path() || folder.empty()) return std::nullopt;
  }
}

std::vector<FoundFile> collect(const std::vector<fs::path>& paths, const DeviceInfo& device) {
  std::vector<FoundFile> found;
  std::set<fs::path> seen;
  const auto add = [&](FoundFile file) {
    // Not canonical(): two links to one object are two candidates, which measures the noise.
    if (seen.insert(fs::absolute(file.path).lexically_normal()).second) {
      found.push_back(std::move(file));
    }
  };
  for (const auto& path : paths) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) {
      throw Error(fmt::format("{}: there is no such file or folder", path.string()), Fault::usage);
    }
    if (!fs::is_directory(status)) {
      const bool json = path.extension() == ".json";
      add(json ? describe_solution(path, device) : describe(path, device, true));
      continue;
    }
    for (const auto& file : walk(path)) {
      if (is_trusted(file)) continue;
      auto entry = describe(file, device, false);
      if (!entry.rejection) add(std::move(entry));
    }
  }
  return found;
}

}  // namespace fihost
