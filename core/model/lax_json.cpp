#include "core/model/lax_json.hpp"

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

std::string Violations::text(const Json& value, const std::string& what) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    add(fmt::format("{} must be a string of at least one character, found {}", what,
                    value.is_null() ? "none" : excerpt(value)));
    return {};
  }
  return value.get<std::string>();
}

std::vector<std::string> Violations::texts(const Json& object, const std::string& key) {
  std::vector<std::string> out;
  if (!object.contains(key)) return out;
  const Json& list = member(object, key);
  if (!list.is_array()) {
    add(fmt::format("\"{}\" must be a list of strings, found {}", key, excerpt(list)));
    return out;
  }
  for (const Json& item : list) out.push_back(text(item, "each of \"" + key + "\""));
  return out;
}

void Violations::raise(const std::string& origin, const std::string& schema) const {
  if (texts_.empty()) return;
  if (texts_.size() == 1) fail("{}: not a valid {}: {}", origin, schema, texts_.front());
  auto all = fmt::format("{}: not a valid {}: {} violations", origin, schema, texts_.size());
  for (const auto& text : texts_) all += "\n  " + text;
  throw Error(all);
}

}  // namespace fihost
