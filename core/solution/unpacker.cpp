#include "core/solution/unpacker.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/solution/config_toml.hpp"
#include "core/solution/solution_build.hpp"

namespace fihost {

namespace fs = std::filesystem;

std::string folder_name(const Solution& solution) {
  auto out = solution.name;
  std::replace_if(
      out.begin(), out.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '.' && c != '_'; },
      '_');
  return out.find_first_not_of('.') == std::string::npos ? "_" + out : out;
}

std::vector<fs::path> unpack(const Solution& solution, const fs::path& folder, bool force) {
  const auto sources = folder / "solution" / name(solution.language);
  std::vector<fs::path> files = {folder / "config.toml"};
  for (const auto& source : solution.sources) files.push_back(sources / source.path);
  for (const auto& file : files) {
    if (!force && fs::exists(fs::symlink_status(file))) {
      throw Error(fmt::format("{}: is there already; --force overwrites it", file.string()),
                  Fault::usage);
    }
  }
  write_sources(solution, sources);
  write_text(files.front(), config_toml_text(solution));
  return files;
}

}  // namespace fihost
