// How deep a JSON text nests, found before it is parsed.
#pragma once

#include <cstddef>
#include <string_view>

namespace fihost::sdk {

/// Levels of arrays and objects that a document from elsewhere may have. JSON values are copied,
/// compared and printed by recursion, so without a limit a few kilobytes of '[' overflow the stack.
inline constexpr std::size_t deepest_nesting = 256;

/// Offset of the bracket in `text` that opens one level too many; npos: there is none. `text` need
/// not be JSON.
[[nodiscard]] inline std::size_t excess_nesting(std::string_view text,
                                                std::size_t levels = deepest_nesting) noexcept {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') ++at;
    if (quoted) continue;
    if ((c == '[' || c == '{') && ++depth > levels) return at;
    if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return std::string_view::npos;
}

}  // namespace fihost::sdk
