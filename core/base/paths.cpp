#include "core/base/paths.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace fihost {
namespace {

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

std::filesystem::path install_prefix() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

std::filesystem::path cache_dir() {
  if (const char* own = variable("FIHOST_CACHE")) return own;
  if (const char* xdg = variable("XDG_CACHE_HOME")) return std::filesystem::path(xdg) / "fihost";
  if (const char* home = variable("HOME")) return std::filesystem::path(home) / ".cache" / "fihost";
  return std::filesystem::temp_directory_path() / ("fihost-" + std::to_string(::getuid()));
}

std::string python_interpreter() {
  const char* named = std::getenv("FIHOST_PYTHON");
  return named != nullptr && *named != '\0' ? named : "python3";
}

}  // namespace fihost
