// A configuration as text: JSON for the store, YAML for people.
#include <algorithm>
#include <regex>

#include "core/search/config.hpp"
#include "core/search/config_keys.hpp"

namespace fihost::search {
namespace {

struct Value {
  EvolveConfig& config;

  template <class T>
  Json operator()(Place<T> place) const {
    return place(config);
  }
  Json operator()(Place<std::optional<double>> place) const {
    return place(config) ? Json(*place(config)) : Json();
  }
  Json operator()(Place<ParentSelection> place) const { return name(place(config)); }
};

Json bound_json(const Bound& bound) {
  if (bound.id.empty()) return nullptr;
  Json json = {{"plugin", bound.id}};
  json.update(masked(bound.config));
  return json;
}

Json mutators_json(const std::vector<MutatorConfig>& mutators) {
  Json list = Json::array();
  for (const auto& mutator : mutators) {
    Json json = {{"id", mutator.id}, {"weight", mutator.weight}};
    json.update(masked(mutator.config));
    list.push_back(std::move(json));
  }
  return list;
}

Json section_json(const EvolveConfig& config, const std::string& section) {
  if (section == "llm") return bound_json(config.llm);
  if (section == "profiler") return bound_json(config.profiler);
  if (section == "mutators") return mutators_json(config.mutators);
  Json json = Json::object();
  auto copy = config;  // places are not const
  for (const auto& key : config_keys()) {
    if (key.section == section) json[key.name] = std::visit(Value{copy}, key.place);
  }
  return json;
}

/// Text that YAML reads as nothing but that text.
bool is_plain(const std::string& text) {
  static const std::regex plain(R"([A-Za-z_./][A-Za-z0-9_./:-]*[A-Za-z0-9_./-]|[A-Za-z_])");
  static const std::regex special(R"((null|true|false|\.inf|\.nan|\.[0-9].*))", std::regex::icase);
  return text.size() < 256 && std::regex_match(text, plain) && !std::regex_match(text, special);
}

/// On one line.
std::string flow(const Json& value) {
  std::string text;
  if (value.is_object()) {
    for (const auto& [key, one] : value.items()) {
      text += (text.empty() ? "" : ", ") + flow(key) + ": " + flow(one);
    }
    return "{" + text + "}";
  }
  if (value.is_array()) {
    for (const auto& one : value) text += (text.empty() ? "" : ", ") + flow(one);
    return "[" + text + "]";
  }
  if (value.is_string() && is_plain(value.get<std::string>())) return value.get<std::string>();
  return dump(value);
}

std::string help_of(const std::string& section, const std::string& name) {
  for (const auto& key : config_keys()) {
    if (key.section == section && key.name == name) return "  # " + key.help;
  }
  return "";
}

std::string yaml_section(const std::string& section, const Json& value) {
  if (value.is_null() || value.empty())
    return section + ": " + (value.is_array() ? "[]" : "null") + "\n";
  const std::string indent = section.empty() ? "" : "  ";
  std::string text = section.empty() ? "" : section + ":\n";
  if (value.is_array()) {
    for (const auto& one : value) text += indent + "- " + flow(one) + "\n";
    return text;
  }
  for (const auto& [key, one] : value.items()) {
    text += indent + flow(key) + ": " + flow(one) + help_of(section, key) + "\n";
  }
  return text;
}

}  // namespace

Json to_json(const EvolveConfig& config) {
  Json json = section_json(config, "");
  for (const auto& section : config_sections()) {
    if (!section.name.empty()) json[section.name] = section_json(config, section.name);
  }
  return json;
}

std::string to_yaml(const EvolveConfig& config) {
  std::string text;
  for (const auto& section : config_sections()) {
    text += (text.empty() ? "# " : "\n# ") + section.help + "\n";
    text += yaml_section(section.name, section_json(config, section.name));
  }
  return text;
}

}  // namespace fihost::search
