#include "reply.hpp"

#include <cctype>

#include "lines.hpp"

namespace mutator_llm {
namespace {

constexpr std::size_t longest_idea = 200;
constexpr std::string_view idea_word = "IDEA:";

/// Without what Markdown puts around a line: "**IDEA:** text" -> "IDEA: text".
std::string plain(std::string_view line) {
  std::string text;
  for (const char c : trimmed(line)) {
    if (c != '*' && c != '`' && !(text.empty() && (c == '#' || c == '>' || c == ' '))) text += c;
  }
  return text;
}

bool says_idea(std::string_view text) {
  if (text.size() < idea_word.size()) return false;
  for (std::size_t i = 0; i < idea_word.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(text[i])) != idea_word[i]) return false;
  }
  return true;
}

bool begins_code(std::string_view line) {
  line = trimmed(line);
  return line.starts_with("```") || line.starts_with("~~~") || line.starts_with("<<<<<") ||
         line.starts_with("#include") || line.starts_with("//");
}

std::string bounded(std::string_view text) { return words_of(prefix(trimmed(text), longest_idea)); }

}  // namespace

std::string cleaned_reply(std::string_view text) {
  const std::string_view begun = trimmed(text);
  constexpr std::string_view end = "</think>";
  if (begun.starts_with("<think>")) {
    if (const std::size_t at = begun.find(end); at != std::string_view::npos) {
      return with_unix_line_ends(begun.substr(at + end.size()));
    }
  }
  return with_unix_line_ends(text);
}

std::string idea_of(std::string_view reply) {
  std::string first;
  for (const std::string_view line : split_lines(reply)) {
    if (begins_code(line)) break;
    const std::string text = plain(line);
    if (says_idea(text)) return bounded(std::string_view(text).substr(idea_word.size()));
    if (first.empty()) first = text;
  }
  return bounded(first);
}

}  // namespace mutator_llm
