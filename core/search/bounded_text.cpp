#include "core/search/bounded_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fihost::search {
namespace {

/// At most `bytes` of `text`, cut before a character that does not fit. Bytes that are no UTF-8 are
/// characters of their own, so that a run of them is cut anywhere.
std::string_view whole_characters(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80u;
  };
  std::size_t end = bytes;
  while (end > 0 && bytes - end < 3 && continues(end)) --end;
  return text.substr(0, continues(end) ? bytes : end);
}

std::string cut_line(std::string_view line, std::size_t bytes) {
  constexpr std::string_view sign = " ...";
  if (line.size() <= bytes) return std::string(line);
  if (bytes < sign.size()) return std::string(whole_characters(line, bytes));
  return std::string(whole_characters(line, bytes - sign.size())).append(sign);
}

std::string note(std::size_t lines) {
  return fmt::format("[... {} line{} left out]", lines, lines == 1 ? "" : "s");
}

}  // namespace

std::string bounded_lines(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  auto total = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (!text.ends_with('\n')) ++total;
  // Room for the longest note that there can be.
  const std::size_t room = bytes - std::min(bytes, note(total).size());
  std::size_t end = 0, kept = 0;
  for (std::size_t next; (next = text.find('\n', end)) != std::string_view::npos && next < room;) {
    end = next + 1;
    ++kept;
  }
  if (kept > 0) return std::string(text.substr(0, end)) + note(total - kept);
  const std::string_view line = text.substr(0, text.find('\n'));
  if (total == 1 || room < 2) return cut_line(line, bytes);
  return cut_line(line, room - 1) + "\n" + note(total - 1);
}

std::string bounded_line(std::string_view text, std::size_t bytes) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool gap = byte <= 0x20 || byte == 0x7f;
    if (!gap) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
    if (line.size() > bytes + 8) break;  // enough to know that it is too long
  }
  while (line.ends_with(' ')) line.pop_back();
  return cut_line(line, bytes);
}

}  // namespace fihost::search
