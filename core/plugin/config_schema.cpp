#include "core/plugin/config_schema.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "core/base/error.hpp"

namespace fihost {
namespace {

constexpr std::array<std::string_view, 7> type_names = {"null",    "boolean", "object", "array",
                                                        "integer", "number",  "string"};
constexpr std::array<std::string_view, 13> keywords = {
    "type",    "properties", "required", "additionalProperties", "items",   "enum",    "minimum",
    "maximum", "$schema",    "title",    "description",          "default", "examples"};

template <class Range>
bool contains(const Range& range, std::string_view word) {
  return std::find(range.begin(), range.end(), word) != range.end();
}

/// "" and "limits" -> "limits"; "limits" and "seconds" -> "limits.seconds".
std::string below(const std::string& place, const std::string& key) {
  return place.empty() ? key : place + "." + key;
}

/// How a place is called in a message.
std::string shown(const std::string& place) {
  return place.empty() ? std::string("the configuration") : "'" + place + "'";
}

/// Single-character insertions, deletions and replacements that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// Checks schemas and values; every message begins with the origin.
class Checker {
 public:
  explicit Checker(const std::string& origin) : origin_(origin) {}

  void schema(const Json& schema, const std::string& place) const {
    if (!schema.is_object()) bad_schema(place, "is not an object");
    for (const auto& [key, value] : schema.items()) {
      if (!contains(keywords, key)) {
        bad_schema(place, fmt::format("has the keyword '{}', which is not supported", key));
      }
      keyword(key, value, place);
    }
    if (const auto it = schema.find("properties"); it != schema.end()) {
      for (const auto& [key, value] : it->items()) this->schema(value, below(place, key));
    }
    if (const auto it = schema.find("items"); it != schema.end()) {
      this->schema(*it, below(place, "[]"));
    }
  }

  void value(const Json& schema, const Json& value, const std::string& place) const {
    type(schema, value, place);
    range(schema, value, place);
    if (const auto it = schema.find("enum"); it != schema.end()) {
      if (std::find(it->begin(), it->end(), value) == it->end()) {
        fail_usage("{}: {} is {}, want one of {}", origin_, shown(place), dump(value), dump(*it));
      }
    }
    if (value.is_object()) members(schema, value, place);
    if (const auto it = schema.find("items"); it != schema.end() && value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        this->value(*it, value[i], fmt::format("{}[{}]", place, i));
      }
    }
  }

 private:
  template <class... Args>
  [[noreturn]] static void fail_usage(fmt::format_string<Args...> format, Args&&... args) {
    throw Error(fmt::format(format, std::forward<Args>(args)...), Fault::usage);
  }

  [[noreturn]] void bad_schema(const std::string& place, const std::string& what) const {
    fail("{}: the config_schema of {} {}", origin_, shown(place), what);
  }

  /// The form of one keyword's value.
  void keyword(const std::string& key, const Json& value, const std::string& place) const {
    const auto want = [&](bool ok, std::string_view what) {
      if (!ok) bad_schema(place, fmt::format("has '{}': {}, want {}", key, dump(value), what));
    };
    const auto strings = [&] {
      return value.is_array() && std::all_of(value.begin(), value.end(),
                                             [](const Json& item) { return item.is_string(); });
    };
    if (key == "type") {
      want(value.is_string() || strings(), "a type name or a list of them");
      const Json list = value.is_array() ? value : Json::array({value});
      for (const Json& name : list) {
        want(contains(type_names, name.get<std::string>()),
             fmt::format("one of {}", fmt::join(type_names, ", ")));
      }
    }
    if (key == "properties") want(value.is_object(), "an object");
    if (key == "required") want(strings(), "a list of keys");
    if (key == "enum") want(value.is_array(), "a list");
    if (key == "additionalProperties") want(value.is_boolean(), "true or false");
    if (key == "minimum" || key == "maximum") want(value.is_number(), "a number");
  }

  static bool has_type(const Json& value, std::string_view name) {
    if (name == "null") return value.is_null();
    if (name == "boolean") return value.is_boolean();
    if (name == "object") return value.is_object();
    if (name == "array") return value.is_array();
    if (name == "string") return value.is_string();
    if (name == "number") return value.is_number();
    // The standard counts 2.0 among the integers.
    return value.is_number_integer() ||
           (value.is_number() && std::trunc(value.get<double>()) == value.get<double>());
  }

  void type(const Json& schema, const Json& value, const std::string& place) const {
    const auto it = schema.find("type");
    if (it == schema.end()) return;
    const Json list = it->is_array() ? *it : Json::array({*it});
    std::vector<std::string> names;
    for (const Json& name : list) {
      if (has_type(value, name.get_ref<const std::string&>())) return;
      names.push_back(name.get<std::string>());
    }
    fail_usage("{}: {} is {}, want {}", origin_, shown(place), dump(value),
               fmt::join(names, " or "));
  }

  void range(const Json& schema, const Json& value, const std::string& place) const {
    if (!value.is_number()) return;
    const auto low = schema.find("minimum"), high = schema.find("maximum");
    if (low != schema.end() && value < *low) {
      fail_usage("{}: {} is {}, want at least {}", origin_, shown(place), dump(value), dump(*low));
    }
    if (high != schema.end() && value > *high) {
      fail_usage("{}: {} is {}, want at most {}", origin_, shown(place), dump(value), dump(*high));
    }
  }

  void members(const Json& schema, const Json& value, const std::string& place) const {
    const Json properties = schema.value("properties", Json::object());
    for (const Json& key : schema.value("required", Json::array())) {
      if (!value.contains(key.get_ref<const std::string&>())) {
        fail_usage("{}: {} lacks the required key '{}'", origin_, shown(place),
                   key.get<std::string>());
      }
    }
    for (const auto& [key, member] : value.items()) {
      if (const auto it = properties.find(key); it != properties.end()) {
        this->value(*it, member, below(place, key));
      } else if (!schema.value("additionalProperties", false)) {
        unknown(properties, key, place);
      }
    }
  }

  [[noreturn]] void unknown(const Json& properties, const std::string& key,
                            const std::string& place) const {
    const std::string name = below(place, key);
    if (properties.empty()) {
      fail_usage("{}: unknown key '{}'; {} takes no keys", origin_, name, shown(place));
    }
    std::string nearest;
    std::size_t least = std::string::npos;
    for (const auto& [known, schema] : properties.items()) {
      const std::size_t distance = edit_distance(key, known);
      if (distance < least) {
        least = distance;
        nearest = known;
      }
    }
    fail_usage("{}: unknown key '{}'; the nearest known one is '{}'", origin_, name,
               below(place, nearest));
  }

  const std::string& origin_;
};

}  // namespace

ConfigSchema::ConfigSchema(std::string_view text, std::string origin)
    : schema_(parse_json(text, origin + ": config_schema")), origin_(std::move(origin)) {
  Checker(origin_).schema(schema_, "");
}

void ConfigSchema::check(const Json& value) const { Checker(origin_).value(schema_, value, ""); }

}  // namespace fihost
