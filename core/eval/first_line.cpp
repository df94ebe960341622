#include "core/eval/first_line.hpp"

#include <algorithm>

namespace fihost {
namespace {

/// Without control characters: a candidate's output must not steer the terminal.
std::string clean(std::string_view line) {
  std::string out;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\t') {
      out += ' ';
    } else if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    }
  }
  const auto begin = out.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return out.substr(begin, out.find_last_not_of(' ') - begin + 1);
}

}  // namespace

std::string first_line(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto line = clean(text.substr(0, end)); !line.empty()) return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

std::string last_line(std::string_view text) {
  while (!text.empty()) {
    const auto newline = text.rfind('\n');
    const auto begin = newline == std::string_view::npos ? 0 : newline + 1;
    if (auto line = clean(text.substr(begin)); !line.empty()) return line;
    text.remove_suffix(text.size() - (begin == 0 ? 0 : newline));
  }
  return {};
}

}  // namespace fihost
