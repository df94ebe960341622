// Where in a text the parts of a JSON document stand.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace fihost {

/// Lines (from 1) of every member and element, by JSON pointer (RFC 6901); "" is the document. A
/// member's line is that of its key. `text` must have been parsed as JSON before.
class JsonPositions {
 public:
  explicit JsonPositions(std::string_view text);

  /// Line of what `pointer` names, else of the nearest part above it that exists.
  [[nodiscard]] int line_of(std::string pointer) const;

 private:
  std::map<std::string, int> lines_;
};

/// `token` as one token of a JSON pointer.
[[nodiscard]] std::string pointer_token(std::string_view token);

}  // namespace fihost
