// Reading a JSON document with messages that say where in it something is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/statistics.hpp"

namespace fihost {

/// An object of a document, borrowed, and the way to it. Every function throws Error
/// "<way>.<key>: wanted a number, found ..." when the member is of another kind; those that return
/// no optional do so for an absent member or null, too. Numbers may be strings such as "Infinity".
class Record {
 public:
  /// Throws Error when `json` is no object. `way` is the file, then the members: "a.json: device".
  Record(const Json& json, std::string way);

  /// Whether the member is there and not null.
  [[nodiscard]] bool has(const char* key) const;

  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] bool flag(const char* key) const;
  [[nodiscard]] double number(const char* key) const;
  [[nodiscard]] std::int64_t integer(const char* key) const;
  [[nodiscard]] std::uint64_t count(const char* key) const;  ///< an integer >= 0
  [[nodiscard]] std::vector<std::string> texts(const char* key) const;
  [[nodiscard]] std::vector<double> numbers(const char* key) const;
  [[nodiscard]] Record object(const char* key) const;
  [[nodiscard]] std::vector<Record> objects(const char* key) const;

  [[nodiscard]] std::optional<double> maybe_number(const char* key) const;
  [[nodiscard]] std::optional<Interval> maybe_interval(const char* key) const;  ///< [low, high]

  /// Throw the Error that `key` deserves.
  [[noreturn]] void refuse(const char* key, const char* wanted) const;

  [[nodiscard]] const Json& json() const { return *json_; }

 private:
  const Json* json_;
  std::string way_;
};

}  // namespace fihost
