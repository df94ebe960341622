#include "templates.hpp"

#include <fihost/error.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "lines.hpp"

namespace mutator_llm {
namespace {

namespace fs = std::filesystem;
using fihost::sdk::Error;

bool name_character(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

/// Length of the name of "{name}" that `text` begins with; 0: it begins with none.
std::size_t placeholder_at(std::string_view text) {
  if (!text.starts_with('{')) return 0;
  std::size_t end = 1;
  while (end < text.size() && name_character(text[end])) ++end;
  return end > 1 && end < text.size() && text[end] == '}' ? end - 1 : 0;
}

const std::string& value_of(std::string_view name, const Values& values, const Template& source,
                            std::size_t line) {
  if (const auto found = values.find(name); found != values.end()) return found->second;
  std::string known;
  for (const auto& [key, value] : values) known += (known.empty() ? "{" : ", {") + key + "}";
  throw Error(FIHOST_INVALID_ARGUMENT, source.origin + ":" + std::to_string(line) +
                                           ": unknown placeholder {" + std::string(name) +
                                           "}; there are " + known + "; write {{" +
                                           std::string(name) + "}} for the text itself");
}

void append_line(std::string& result, std::string_view line, const Template& source,
                 const Values& values, std::size_t number) {
  while (!line.empty()) {
    if (line.starts_with('{')) {
      const std::size_t inner = placeholder_at(line.substr(1));
      if (inner > 0 && line.substr(inner + 3).starts_with('}')) {
        result += line.substr(1, inner + 2);
        line.remove_prefix(inner + 4);
        continue;
      }
      if (const std::size_t name = placeholder_at(line); name > 0) {
        result += value_of(line.substr(1, name), values, source, number);
        line.remove_prefix(name + 2);
        continue;
      }
    }
    result += line[0];
    line.remove_prefix(1);
  }
}

/// FNV-1a of a counter's bytes: neighbouring seeds draw different briefs.
std::uint64_t scattered(std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (int i = 0; i < 8; ++i) {
    hash = (hash ^ (seed & 0xffu)) * 0x100000001b3u;
    seed >>= 8;
  }
  return hash ^ (hash >> 32);
}

}  // namespace

Template find_template(const std::string& folder, const std::string& name) {
  if (!folder.empty()) {
    std::error_code failure;
    if (!fs::is_directory(folder, failure)) {
      throw Error(FIHOST_INVALID_ARGUMENT,
                  "prompt.template_dir: " + folder + ": is no folder that can be read");
    }
    const fs::path file = fs::path(folder) / (name + ".md");
    if (fs::exists(file, failure)) {
      std::ifstream stream(file, std::ios::binary);
      std::string text(std::istreambuf_iterator<char>(stream), {});
      if (!stream) {
        throw Error(FIHOST_INVALID_ARGUMENT, file.string() + ": this template cannot be read");
      }
      return {with_unix_line_ends(text), file.string()};
    }
  }
  return {std::string(built_in_template(name)), "built-in " + name + ".md"};
}

std::string expanded(const Template& source, const Values& values) {
  const Lines lines = split_lines(source.text);
  std::string result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = trimmed(lines[i]);
    const std::size_t name = placeholder_at(line);
    if (name > 0 && name + 2 == line.size() &&
        value_of(line.substr(1, name), values, source, i + 1).empty()) {
      if (i + 1 < lines.size() && blank(lines[i + 1])) ++i;
      continue;
    }
    append_line(result, lines[i], source, values, i + 1);
    if (!result.ends_with('\n') || lines[i].empty()) result += '\n';
  }
  return result;
}

Brief choose_brief(const Template& briefs, const std::string& wanted, std::uint64_t seed) {
  std::vector<Brief> all;
  for (const std::string_view line : split_lines(briefs.text)) {
    if (line.starts_with("## ")) {
      all.push_back({std::string(trimmed(line.substr(3))), {}});
    } else if (!all.empty()) {
      all.back().text.append(line) += '\n';
    }
  }
  if (all.empty()) {
    throw Error(FIHOST_INVALID_ARGUMENT, briefs.origin + ": has no brief: no line '## NAME'");
  }
  if (wanted.empty()) {
    Brief& drawn = all[static_cast<std::size_t>(scattered(seed) % all.size())];
    return {drawn.name, std::string(trimmed(drawn.text))};
  }
  std::string known;
  for (const Brief& brief : all) {
    if (brief.name == wanted) return {brief.name, std::string(trimmed(brief.text))};
    known += (known.empty() ? "" : ", ") + brief.name;
  }
  throw Error(FIHOST_INVALID_ARGUMENT,
              briefs.origin + ": has no brief '" + wanted + "'; it has " + known);
}

}  // namespace mutator_llm
