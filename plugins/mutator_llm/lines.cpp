#include "lines.hpp"

#include <algorithm>

namespace mutator_llm {
namespace {

constexpr std::string_view blanks = " \t\r\f\v", white = " \t\r\f\v\n";
constexpr std::size_t longest_shown = 160;

/// The end of `text` of at most `bytes`, cut between characters.
std::string_view suffix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t begin = text.size() - bytes;
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xc0u) == 0x80u) ++begin;
  return text.substr(begin);
}

}  // namespace

Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string joined(const Lines& lines, LineRange range) {
  std::string text;
  for (std::size_t i = range.begin; i < range.end; ++i) text.append(lines[i]) += '\n';
  return text;
}

std::string joined(const Lines& lines) { return joined(lines, {0, lines.size()}); }

std::string with_unix_line_ends(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      result += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      result += '\n';
    }
  }
  return result;
}

std::string with_dos_line_ends(std::string_view text) {
  std::string result;
  result.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    if (c == '\n') result += '\r';
    result += c;
  }
  return result;
}

std::string_view without_trailing_blanks(std::string_view line) {
  return line.substr(0, line.find_last_not_of(blanks) + 1);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(white);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(white) + 1 - begin);
}

std::string_view indentation(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(blanks), line.size()));
}

bool blank(std::string_view line) { return indentation(line).size() == line.size(); }

std::string words_of(std::string_view line) {
  std::string words;
  for (const char c : trimmed(line)) {
    const bool gap = blanks.find(c) != std::string_view::npos;
    if (!gap) {
      words += c;
    } else if (words.back() != ' ') {
      words += ' ';
    }
  }
  return words;
}

std::string_view prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0u) == 0x80u) --bytes;
  return text.substr(0, bytes);
}

std::string elided(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  const std::string_view head = prefix(text, bytes / 2), tail = suffix(text, bytes / 2);
  return std::string(head) + "\n[... " + std::to_string(text.size() - head.size() - tail.size()) +
         " bytes left out]\n" + std::string(tail);
}

std::string numbered(const Lines& lines, LineRange range) {
  const std::size_t width = std::to_string(range.end).size();
  std::string text;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    const std::string number = std::to_string(i + 1);
    text.append(width - number.size(), ' ') += number + " | ";
    text += prefix(lines[i], longest_shown);
    text += lines[i].size() > longest_shown ? " ...\n" : "\n";
  }
  return text;
}

std::string place_text(LineRange range) {
  if (range.size() <= 1) return "line " + std::to_string(range.begin + 1);
  return "lines " + std::to_string(range.begin + 1) + "-" + std::to_string(range.end);
}

}  // namespace mutator_llm
