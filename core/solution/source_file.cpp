#include "core/solution/source_file.hpp"

#include <algorithm>
#include <array>
#include <regex>

#include "core/base/error.hpp"
#include "core/build/text_lines.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 9> source_suffixes = {".py", ".cu",  ".cuh", ".cpp", ".c",
                                                             ".h",  ".hpp", ".cc",  ".cxx"};

std::string with_line_feeds(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (!pair) out += text[i] == '\r' ? '\n' : text[i];
  }
  return out;
}

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

void add_matches(std::string_view line, const std::regex& pattern, std::vector<std::string>& out) {
  std::match_results<std::string_view::const_iterator> match;
  if (!std::regex_search(line.begin(), line.end(), match, pattern)) return;
  const auto name = match[1].str();
  if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
}

}  // namespace

SolutionSource read_source(const fs::path& path, std::string name) {
  SolutionSource source{.path = std::move(name), .content = with_line_feeds(read_text(path))};
  if (source.content.empty())
    fail("{}: empty; a solution cannot hold an empty file", path.string());
  if (!is_utf8(source.content)) fail("{}: not UTF-8; a solution is JSON text", path.string());
  return source;
}

std::vector<SolutionSource> read_source_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  for (auto it = fs::recursive_directory_iterator(folder); it != fs::end(it); ++it) {
    if (it->path().filename().string().front() == '.') {
      it.disable_recursion_pending();
      continue;
    }
    const auto suffix = it->path().extension().string();
    const bool known =
        std::find(source_suffixes.begin(), source_suffixes.end(), suffix) != source_suffixes.end();
    if (known && it->is_regular_file()) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  std::vector<SolutionSource> sources;
  for (const auto& file : files) {
    sources.push_back(read_source(file, file.lexically_relative(folder).generic_string()));
  }
  return sources;
}

std::vector<std::string> included_names(const std::string& source, bool quoted) {
  static const std::regex quotes(R"rx(^\s*#\s*include\s*"([^"]+)")rx");
  static const std::regex brackets(R"rx(^\s*#\s*include\s*<([^>]+)>)rx");
  std::vector<std::string> names;
  for_each_line(source, [&](std::string_view line) {
    if (line.size() < 400) add_matches(line, quoted ? quotes : brackets, names);
  });
  return names;
}

std::vector<std::string> exported_functions(const SolutionSource& source) {
  static const std::regex macro(R"(^\s*TVM_FFI_DLL_EXPORT_TYPED_FUNC\s*\(\s*(\w+))");
  static const std::regex symbol(R"(\b__tvm_ffi_([A-Za-z]\w*)\s*\()");
  static const std::regex def(R"(^def\s+(\w+)\s*\()");
  const bool python = source.path.ends_with(".py");
  std::vector<std::string> names;
  for_each_line(source.content, [&](std::string_view line) {
    if (line.size() >= 400) return;  // std::regex recurses with the line's length
    if (python) {
      add_matches(line, def, names);
    } else {
      add_matches(line, macro, names);
      add_matches(line, symbol, names);
    }
  });
  return names;
}

}  // namespace fihost
