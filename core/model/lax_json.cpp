#include "core/model/lax_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/base/error.hpp"

namespace fihost {
namespace {

template <class Number>
std::optional<Number> from_text(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> whole(double number) {
  // 2^63 is exact as a double; the largest int64 is not.
  if (!(std::abs(number) < 0x1p63) || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

}  // namespace

std::optional<std::int64_t> lax_integer(const Json& value) {
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) return whole(value.get<double>());
  if (value.is_string()) return from_text<std::int64_t>(value.get_ref<const std::string&>());
  return std::nullopt;
}

std::optional<double> lax_number(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return from_text<double>(value.get_ref<const std::string&>());
  return std::nullopt;
}

Json number_json(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

namespace {

/// `text` with the tokens that JSON does not know in quotes.
std::string with_quoted_tokens(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      auto end = at + 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
      out += text.substr(at, end - at);
      at = end;
      continue;
    }
    std::string_view token;
    for (const std::string_view known : {"NaN", "Infinity", "-Infinity"}) {
      if (text.substr(at).starts_with(known)) token = known;
    }
    if (token.empty()) {
      out += text[at++];
    } else {
      out += '"' + std::string(token) + '"';
      at += token.size();
    }
  }
  return out;
}

}  // namespace

bool is_lax_json(std::string_view text) { return Json::accept(with_quoted_tokens(text)); }

Json parse_lax_json(std::string_view text, std::string_view origin) {
  // Most documents hold no such token; those that do are parsed as they are once they are rewritten.
  const bool tokens =
      text.find("NaN") != std::string_view::npos || text.find("Infinity") != std::string_view::npos;
  return tokens ? parse_json(with_quoted_tokens(text), origin) : parse_json(text, origin);
}

const Json& member(const Json& object, const std::string& key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

std::string excerpt(const Json& value) {
  constexpr std::size_t longest = 60;
  auto text = dump(value);
  if (text.size() > longest) text = text.substr(0, longest - 3) + "...";
  return text;
}

std::string Violations::text(const Json& value, const std::string& what,
                             const std::string& pointer) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    add(fmt::format("{} must be a string of at least one character, found {}", what,
                    value.is_null() ? "none" : excerpt(value)),
        pointer);
    return {};
  }
  return value.get<std::string>();
}

std::string Violations::optional_text(const Json& object, const std::string& key,
                                      const std::string& what, const std::string& pointer) {
  const Json& value = member(object, key);
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_null()) {
    add(fmt::format("{} must be a string, found {}", what, excerpt(value)), pointer);
  }
  return {};
}

std::vector<std::string> Violations::texts(const Json& object, const std::string& key,
                                           const std::string& pointer) {
  std::vector<std::string> out;
  if (!object.contains(key)) return out;
  const Json& list = member(object, key);
  if (!list.is_array()) {
    add(fmt::format("\"{}\" must be a list of strings, found {}", key, excerpt(list)), pointer);
    return out;
  }
  for (const Json& item : list) {
    const auto at = fmt::format("{}/{}", pointer, out.size());
    out.push_back(text(item, "each of \"" + key + "\"", at));
  }
  return out;
}

void Violations::raise(const std::string& origin, const std::string& schema) const {
  if (all_.empty()) return;
  if (all_.size() == 1) fail("{}: not a valid {}: {}", origin, schema, all_.front().text);
  auto all = fmt::format("{}: not a valid {}: {} violations", origin, schema, all_.size());
  for (const auto& violation : all_) all += "\n  " + violation.text;
  throw Error(all);
}

}  // namespace fihost
