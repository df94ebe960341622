#include "core/report/record.hpp"

#include "core/base/error.hpp"
#include "core/model/lax_json.hpp"

namespace fihost {

Record::Record(const Json& json, std::string way) : json_(&json), way_(std::move(way)) {
  if (!json.is_object()) fail("{}: wanted an object, found {}", way_, excerpt(json));
}

bool Record::has(const char* key) const { return !member(*json_, key).is_null(); }

std::string Record::text(const char* key) const {
  const Json& value = member(*json_, key);
  if (!value.is_string()) refuse(key, "a string");
  return value.get<std::string>();
}

bool Record::flag(const char* key) const {
  const Json& value = member(*json_, key);
  if (!value.is_boolean()) refuse(key, "true or false");
  return value.get<bool>();
}

double Record::number(const char* key) const {
  const auto value = lax_number(member(*json_, key));
  if (!value) refuse(key, "a number");
  return *value;
}

std::int64_t Record::integer(const char* key) const {
  const auto value = lax_integer(member(*json_, key));
  if (!value) refuse(key, "an integer");
  return *value;
}

std::uint64_t Record::count(const char* key) const {
  const Json& value = member(*json_, key);
  if (!value.is_number_unsigned()) refuse(key, "an integer of at least 0");
  return value.get<std::uint64_t>();
}

std::vector<std::string> Record::texts(const char* key) const {
  const Json& list = member(*json_, key);
  if (!list.is_array()) refuse(key, "a list of strings");
  std::vector<std::string> out;
  for (const Json& value : list) {
    if (!value.is_string()) refuse(key, "a list of strings");
    out.push_back(value.get<std::string>());
  }
  return out;
}

std::vector<double> Record::numbers(const char* key) const {
  const Json& list = member(*json_, key);
  if (!list.is_array()) refuse(key, "a list of numbers");
  std::vector<double> out;
  for (const Json& value : list) {
    const auto number = lax_number(value);
    if (!number) refuse(key, "a list of numbers");
    out.push_back(*number);
  }
  return out;
}

Record Record::object(const char* key) const {
  const Json& value = member(*json_, key);
  if (!value.is_object()) refuse(key, "an object");
  return {value, way_ + "." + key};
}

std::vector<Record> Record::objects(const char* key) const {
  const Json& list = member(*json_, key);
  if (!list.is_array()) refuse(key, "a list of objects");
  std::vector<Record> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    out.emplace_back(list[i], fmt::format("{}.{}[{}]", way_, key, i));
  }
  return out;
}

std::optional<double> Record::maybe_number(const char* key) const {
  if (!has(key)) return std::nullopt;
  return number(key);
}

std::optional<Interval> Record::maybe_interval(const char* key) const {
  if (!has(key)) return std::nullopt;
  const auto ends = numbers(key);
  if (ends.size() != 2) refuse(key, "two numbers");
  return Interval{ends[0], ends[1]};
}

void Record::refuse(const char* key, const char* wanted) const {
  const Json& value = member(*json_, key);
  fail("{}.{}: wanted {}, found {}", way_, key, wanted,
       value.is_null() ? std::string("nothing") : excerpt(value));
}

}  // namespace fihost
