#include "core/search/config.hpp"

#include "core/base/error.hpp"
#include "core/base/json_positions.hpp"
#include "core/search/config_reader.hpp"
#include "core/search/yaml_tree.hpp"

namespace fihost::search {
namespace {

/// JSON quotes what it read last where it stumbles, which may be half of a secret.
Json parse_secretly(const std::string& text, const std::string& origin) {
  try {
    return parse_json(text, origin);
  } catch (const Error& e) {
    const std::string what = e.what();
    throw Error(what.substr(0, what.find("; last read:")), Fault::usage);
  }
}

bool is_json(const std::filesystem::path& file, const std::string& text) {
  const auto suffix = file.extension();
  if (suffix == ".yaml" || suffix == ".yml") return false;
  if (suffix == ".json") return true;
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{';
}

}  // namespace

EvolveConfig read_config(const std::filesystem::path& file, std::vector<std::string>& notes) {
  const auto text = read_text(file);
  EvolveConfig config;
  if (is_json(file, text)) {
    const auto tree = parse_secretly(text, file.string());
    const JsonPositions positions(text);
    const auto line = [&](const std::string& pointer) { return positions.line_of(pointer); };
    config = read_tree(tree, {file.string(), line}, notes);
  } else {
    const auto tree = parse_yaml(text, file.string());
    const auto line = [&](const std::string& pointer) { return tree.line_of(pointer); };
    config = read_tree(tree.value, {file.string(), line}, notes);
  }
  auto& templates = config.prompt.template_dir;
  if (!templates.empty()) {
    const auto folder = std::filesystem::absolute(file).parent_path();
    templates = (folder / templates).lexically_normal().string();
  }
  return config;
}

EvolveConfig parse_config(const Json& tree, const std::string& origin,
                          std::vector<std::string>& notes) {
  return read_tree(tree, {origin, {}}, notes);
}

}  // namespace fihost::search
