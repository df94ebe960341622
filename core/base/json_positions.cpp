#include "core/base/json_positions.hpp"

#include <vector>

#include "core/base/json.hpp"

namespace fihost {
namespace {

/// An object or array that is being read.
struct Level {
  std::string pointer;
  bool object = false;
  std::size_t index = 0;  ///< of an array's next element
};

/// The end of the string that starts at `begin`, one past its closing quote.
std::size_t string_end(std::string_view text, std::size_t begin) {
  std::size_t at = begin + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

std::string unquoted(std::string_view quoted) {
  return Json::parse(quoted, nullptr, false).get<std::string>();
}

}  // namespace

std::string pointer_token(std::string_view token) {
  std::string out;
  for (const char c : token) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

JsonPositions::JsonPositions(std::string_view text) {
  std::vector<Level> levels;
  std::string next;  // pointer of the value that comes
  bool key = false;  // whether a string that comes is one
  int line = 1;
  lines_[""] = 1;
  const auto element = [&] {
    if (levels.empty() || levels.back().object) return;
    next = levels.back().pointer + "/" + std::to_string(levels.back().index++);
    lines_.emplace(next, line);
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') ++line;
    if (c == '{' || c == '[') {
      element();
      levels.push_back({next, c == '{', 0});
      key = c == '{';
    } else if ((c == '}' || c == ']') && !levels.empty()) {
      levels.pop_back();
      key = false;
    } else if (c == ',') {
      key = !levels.empty() && levels.back().object;
    } else if (c == '"') {
      const auto end = string_end(text, at);
      if (key) {
        next = levels.back().pointer + "/" + pointer_token(unquoted(text.substr(at, end - at)));
        lines_.emplace(next, line);
        key = false;
      } else {
        element();
      }
      at = end - 1;
    } else if (c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) {
      element();
      at = std::min(text.find_first_of(",]} \t\r\n", at), text.size()) - 1;
    }
  }
}

int JsonPositions::line_of(std::string pointer) const {
  for (;;) {
    const auto found = lines_.find(pointer);
    if (found != lines_.end()) return found->second;
    if (pointer.empty()) return 1;
    pointer.resize(pointer.rfind('/') == std::string::npos ? 0 : pointer.rfind('/'));
  }
}

}  // namespace fihost
