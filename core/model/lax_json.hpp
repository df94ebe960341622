// Reading JSON as leniently as FlashInfer Trace's own (pydantic) models do, and reporting all that
// is wrong with a file at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace fihost {

/// 3, 3.0 and "3" are the integer 3; true is none.
[[nodiscard]] std::optional<std::int64_t> lax_integer(const Json& value);

/// Numbers and numeric strings, among them "Infinity", "-Infinity", "NaN", "inf" and "nan".
[[nodiscard]] std::optional<double> lax_number(const Json& value);

/// `value` as a JSON number, or as the string that stands for it where JSON has no number.
[[nodiscard]] Json number_json(double value);

/// Member `key` of an object; null where there is none or `object` is not an object.
[[nodiscard]] const Json& member(const Json& object, const std::string& key);

/// What a reader calls a value in a message: its text, cut to a readable length.
[[nodiscard]] std::string excerpt(const Json& value);

/// The breaches of a schema found in one file.
class Violations {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }
  [[nodiscard]] bool empty() const noexcept { return texts_.empty(); }

  /// A string of at least one character, or a violation that calls it `what`.
  std::string text(const Json& value, const std::string& what);
  /// A list of such strings; absent is empty, null is a violation.
  std::vector<std::string> texts(const Json& object, const std::string& key);

  /// Throws Error when there are any: a first line that names `origin` and counts them, then one
  /// line for each. A single one is reported on one line.
  void raise(const std::string& origin, const std::string& schema) const;

 private:
  std::vector<std::string> texts_;
};

}  // namespace fihost
