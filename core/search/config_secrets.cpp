// What of a configuration is secret, and how it comes from the environment.
#include <algorithm>
#include <cstdlib>
#include <regex>

#include "core/base/error.hpp"
#include "core/search/config.hpp"

namespace fihost::search {
namespace {

constexpr const char* mask = "***";

const std::regex& variable() {
  static const std::regex pattern(R"(\$\{([A-Za-z_][A-Za-z0-9_]*)\})");
  return pattern;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool names_secret(const std::string& key) {
  static const std::regex secret(
      R"((.*[-_.])?(api[-_]?key|key|token|secret|password|passwd|authorization|cookie)|apikey)");
  return std::regex_match(lower(key), secret);
}

bool names_headers(const std::string& key) { return lower(key).ends_with("headers"); }

/// Nothing but variables, and the word for a scheme before one.
bool only_variables(const std::string& text) {
  static const std::regex harmless(R"((\s|Bearer|Basic|Token)*)", std::regex::icase);
  return std::regex_search(text, variable()) &&
         std::regex_match(std::regex_replace(text, variable(), ""), harmless);
}

std::string masked_text(const std::string& text, bool secret) {
  if (secret) return text.empty() || only_variables(text) ? text : mask;
  static const std::regex url(R"(([A-Za-z][A-Za-z0-9+.-]*://[^/@\s:]*:)([^/@\s]+)@)");
  std::smatch match;
  if (!std::regex_search(text, match, url) || only_variables(match[2].str())) return text;
  return match.prefix().str() + match[1].str() + mask + "@" +
         masked_text(match.suffix().str(), false);
}

Json masked_value(const Json& value, bool secret) {
  if (value.is_string()) return masked_text(value.get<std::string>(), secret);
  if (value.is_object()) {
    Json out = Json::object();
    for (const auto& [key, one] : value.items()) {
      out[key] = masked_value(one, secret || names_secret(key) || names_headers(key));
    }
    return out;
  }
  if (value.is_array()) {
    Json out = Json::array();
    for (const auto& one : value) out.push_back(masked_value(one, secret));
    return out;
  }
  return secret && value.is_number() ? Json(mask) : value;
}

std::string expanded_text(const std::string& text, const std::string& where) {
  if (text == mask) {
    throw Error(
        fmt::format("{}: the value is a secret that was not kept; write it as ${{VAR}}, or "
                    "give the configuration again",
                    where));
  }
  std::string out;
  auto rest = text.cbegin();
  for (std::sregex_iterator it(text.begin(), text.end(), variable()), end; it != end; ++it) {
    const auto name = (*it)[1].str();
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) {
      throw Error(fmt::format("{}: the environment has no variable {}; set it", where, name));
    }
    out.append(rest, (*it)[0].first).append(value);
    rest = (*it)[0].second;
  }
  return out.append(rest, text.cend());
}

}  // namespace

Json masked(const Json& config) { return masked_value(config, false); }

Json expanded(const Json& config, const std::string& where) {
  if (config.is_string()) return expanded_text(config.get<std::string>(), where);
  if (config.is_object()) {
    Json out = Json::object();
    for (const auto& [key, one] : config.items()) out[key] = expanded(one, where + "." + key);
    return out;
  }
  if (config.is_array()) {
    Json out = Json::array();
    for (const auto& one : config) {
      out.push_back(expanded(one, fmt::format("{}[{}]", where, out.size())));
    }
    return out;
  }
  return config;
}

}  // namespace fihost::search
