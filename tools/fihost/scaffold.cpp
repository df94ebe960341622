#include "tools/fihost/scaffold.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/json.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

bool is_key(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == std::string::npos;
}

/// An @ that starts no key stands for itself.
std::string filled(const std::string& text, const std::map<std::string, std::string>& values) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto begin = text.find('@', at);
    const auto end = begin == std::string::npos ? begin : text.find('@', begin + 1);
    if (end == std::string::npos) break;
    const auto key = text.substr(begin + 1, end - begin - 1);
    out += text.substr(at, begin - at);
    if (!is_key(key)) {
      out += '@';
      at = begin + 1;
      continue;
    }
    const auto value = values.find(key);
    if (value == values.end()) throw Error("a template wants @" + key + "@", Fault::internal);
    out += value->second;
    at = end + 1;
  }
  return out + text.substr(at);
}

}  // namespace

std::vector<fs::path> write_scaffold(const fs::path& templates, const fs::path& target,
                                     const std::map<std::string, std::string>& values) {
  std::error_code error;
  std::vector<std::pair<fs::path, std::string>> files;
  for (fs::directory_iterator entry(templates, error), end; !error && entry != end;
       entry.increment(error)) {
    files.emplace_back(
        (target / filled(entry->path().filename().string(), values)).lexically_normal(),
        filled(read_text(entry->path()), values));
  }
  if (files.empty()) {
    fail("no templates in {}: the installation is incomplete; install fihost again",
         templates.string());
  }
  std::sort(files.begin(), files.end());
  for (const auto& [path, text] : files) {
    if (fs::exists(fs::symlink_status(path))) {
      throw Error(path.string() +
                      " exists already, and nothing was written; choose another name "
                      "or --dir",
                  Fault::usage);
    }
  }
  std::vector<fs::path> written;
  for (const auto& [path, text] : files) {
    write_text(path, text);
    written.push_back(path);
  }
  return written;
}

}  // namespace fihost
