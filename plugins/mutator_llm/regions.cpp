#include "regions.hpp"

#include <array>
#include <cctype>

namespace mutator_llm {
namespace {

constexpr std::string_view start_word = "EVOLVE-BLOCK-START", end_word = "EVOLVE-BLOCK-END";

bool holds_marker(std::string_view line, std::string_view word) {
  const std::size_t at = line.find(word);
  if (at == std::string_view::npos) return false;
  const std::size_t after = at + word.size();
  if (after < line.size() && (std::isalnum(static_cast<unsigned char>(line[after])) != 0 ||
                              line[after] == '-' || line[after] == '_')) {
    return false;
  }
  const std::string_view before = without_trailing_blanks(line.substr(0, at));
  constexpr std::array<std::string_view, 6> openers = {"//", "#", "/*", "*", "--", ";"};
  for (const std::string_view opener : openers) {
    if (before.ends_with(opener)) return true;
  }
  return false;
}

}  // namespace

bool is_marker(std::string_view line) {
  return holds_marker(line, start_word) || holds_marker(line, end_word);
}

Regions find_regions(const Lines& lines) {
  Regions regions;
  bool open = false;
  std::size_t begin = 0;
  const auto complain = [&](std::size_t line, const std::string& what) {
    if (regions.problem.empty()) {
      regions.problem = "line " + std::to_string(line + 1) + ": " + what;
    }
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool starts = holds_marker(lines[i], start_word);
    const bool ends = holds_marker(lines[i], end_word);
    if (!starts && !ends) continue;
    regions.marked = true;
    if (starts && ends) {
      complain(i, "EVOLVE-BLOCK-START and EVOLVE-BLOCK-END on one line");
    } else if (starts && open) {
      complain(i, "EVOLVE-BLOCK-START inside the block of line " + std::to_string(begin));
    } else if (ends && !open) {
      complain(i, "EVOLVE-BLOCK-END without an EVOLVE-BLOCK-START before it");
    } else if (ends) {
      regions.editable.push_back({begin, i});
    }
    open = starts;
    begin = i + 1;
  }
  if (open) complain(begin - 1, "EVOLVE-BLOCK-START without an EVOLVE-BLOCK-END after it");
  if (!regions.marked) regions.editable = {{0, lines.size()}};
  return regions;
}

}  // namespace mutator_llm
