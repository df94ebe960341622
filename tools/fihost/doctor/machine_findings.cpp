#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "tools/fihost/doctor/finding.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;
using State = Finding::State;

// Objects are small; the inputs that a built-in task generates take hundreds of megabytes.
constexpr std::uintmax_t scarce_bytes = std::uintmax_t{2} << 30;
// A judge and its runners hold a descriptor a tensor and set.
constexpr rlim_t few_files = 1024;

std::string bytes_text(std::uintmax_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes >= std::uintmax_t{1} << 30) return fmt::format("{:.1f} GiB", value / (1 << 30));
  if (bytes >= std::uintmax_t{1} << 20) return fmt::format("{:.1f} MiB", value / (1 << 20));
  return fmt::format("{} bytes", bytes);
}

Finding dataset() {
  const char* folder = std::getenv("FIB_DATASET_PATH");
  if (folder == nullptr || *folder == '\0') {
    return {"dataset",
            "dataset",
            State::missing,
            "$FIB_DATASET_PATH is not set",
            "name a FlashInfer Trace dataset with it or --dataset; the built-in tasks need none",
            false};
  }
  std::error_code error;
  std::size_t definitions = 0;
  for (fs::recursive_directory_iterator entry(fs::path(folder) / "definitions", error), end;
       !error && entry != end; entry.increment(error)) {
    definitions += entry->path().extension() == ".json" ? 1 : 0;
  }
  if (definitions == 0) {
    return {"dataset",
            "dataset",
            State::broken,
            fmt::format("{}: there are no definitions/*.json", folder),
            "set $FIB_DATASET_PATH to a FlashInfer Trace dataset, or unset it",
            false};
  }
  return {"dataset", "dataset", State::ok, fmt::format("{}: {} definitions", folder, definitions),
          "",        false};
}

/// The nearest folder at or above `path` that exists.
fs::path existing(fs::path path) {
  std::error_code error;
  while (!fs::exists(path, error) && path.has_relative_path()) path = path.parent_path();
  return path;
}

Finding cache(const fs::path& folder) {
  std::error_code error;
  std::uintmax_t size = 0;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unreadable;
    if (entry->is_regular_file(unreadable)) size += entry->file_size(unreadable);
  }
  const auto place = existing(fs::absolute(folder));
  if (::access(place.c_str(), W_OK | X_OK) != 0) {
    return {"machine",
            "cache",
            State::broken,
            place.string() + " cannot be written",
            "set $FIHOST_CACHE to a folder that can",
            true};
  }
  return {"machine", "cache", State::ok, fmt::format("{}: {}", folder.string(), bytes_text(size)),
          "",        true};
}

Finding room(const fs::path& folder) {
  std::error_code error;
  const auto space = fs::space(existing(fs::absolute(folder)), error);
  const auto text = bytes_text(space.available) + " free for the cache";
  if (error || space.available < scarce_bytes) {
    return {"machine",
            "disk",
            State::broken,
            text,
            "make room, or set $FIHOST_CACHE to a folder on another disk",
            false};
  }
  return {"machine", "disk", State::ok, text, "", false};
}

std::string limit_text(rlim_t limit) {
  return limit == RLIM_INFINITY ? "unlimited" : bytes_text(limit);
}

Finding locked_memory() {
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  if (limit.rlim_cur == 0) {
    return {"machine",
            "locked memory",
            State::broken,
            "none may be locked",
            "raise it: ulimit -l, or LimitMEMLOCK of the service",
            false};
  }
  return {"machine", "locked memory", State::ok, limit_text(limit.rlim_cur), "", false};
}

Finding open_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto text = limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur);
  if (limit.rlim_cur < few_files) {
    return {"machine", "open files", State::broken, text, "raise it: ulimit -n 4096", false};
  }
  return {"machine", "open files", State::ok, text, "", false};
}

}  // namespace

std::vector<Finding> machine_findings() {
  const auto folder = cache_dir();
  return {dataset(), cache(folder), room(folder), locked_memory(), open_files()};
}

}  // namespace fihost
