#include "core/base/file_tree.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// Folders on the way from the root, by device and inode.
using Ancestors = std::set<std::pair<dev_t, ino_t>>;

void collect(const fs::path& folder, std::string_view extension, Ancestors ancestors,
             std::vector<fs::path>& out) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return;
  if (!ancestors.emplace(status.st_dev, status.st_ino).second) return;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) {
      collect(it->path(), extension, ancestors, out);
    } else if (it->path().extension() == extension && it->is_regular_file(ignored)) {
      out.push_back(it->path());
    }
  }
}

}  // namespace

std::vector<fs::path> files_below(const fs::path& root, std::string_view extension) {
  std::vector<fs::path> out;
  collect(root, extension, {}, out);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace fihost
