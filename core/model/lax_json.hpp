// Reading JSON as leniently as FlashInfer Trace's own (pydantic) models do, and reporting all that
// is wrong with a file at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// parse_json(), but the bare tokens NaN, Infinity and -Infinity, which Python writes and reads, are
/// taken for the strings of their names, as lax_number() reads them.
[[nodiscard]] Json parse_lax_json(std::string_view text, std::string_view origin);

/// Whether parse_lax_json() would take `text`.
[[nodiscard]] bool is_lax_json(std::string_view text);

/// One breach of a schema.
struct Violation {
  std::string text;
  std::string pointer;  ///< JSON pointer to what is wrong; empty: the document
};

/// The breaches found in one document.
class Violations {
 public:
  void add(std::string text, std::string pointer = {}) {
    all_.push_back({std::move(text), std::move(pointer)});
  }
  [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
  [[nodiscard]] const std::vector<Violation>& all() const noexcept { return all_; }

  /// A string of at least one character, or a violation that calls it `what`.
  std::string text(const Json& value, const std::string& what, const std::string& pointer = {});
  /// A string or nothing; absent and null are empty.
  std::string optional_text(const Json& object, const std::string& key, const std::string& what,
                            const std::string& pointer = {});
  /// A list of strings of at least one character; absent is empty, null is a violation.
  std::vector<std::string> texts(const Json& object, const std::string& key,
                                 const std::string& pointer = {});

  /// Throws Error when there are any: a first line that names `origin` and counts them, then one
  /// line for each. A single one is reported on one line.
  void raise(const std::string& origin, const std::string& schema) const;

 private:
  std::vector<Violation> all_;
};

}  // namespace fihost
