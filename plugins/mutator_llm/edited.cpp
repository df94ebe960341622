#include "edited.hpp"

#include <algorithm>
#include <utility>

#include "lines.hpp"
#include "regions.hpp"

namespace mutator_llm {
namespace {

constexpr std::string_view replacement_character = "\xef\xbf\xbd";

/// What decoding left of bytes that were no UTF-8, and characters that no source has.
bool holds_garbage(std::string_view text) {
  return text.find(replacement_character) != std::string_view::npos ||
         std::any_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte == 0x7f || (byte < 0x20 && c != '\t' && c != '\n' && c != '\f');
         });
}

/// The source without what does not matter: equal for sources that differ in blanks only.
std::string essence(const Lines& lines) {
  std::string text;
  for (const std::string_view line : lines) {
    if (!blank(line)) text += words_of(line) + '\n';
  }
  return text;
}

/// The text outside the blocks, markers included.
std::string fixed_text(const Lines& lines, const Regions& regions) {
  std::string text;
  std::size_t at = 0;
  for (const LineRange range : regions.editable) {
    text += joined(lines, {at, range.begin}) + '\f';
    at = range.end;
  }
  return text + joined(lines, {at, lines.size()});
}

}  // namespace

Edited refused(std::string problem, std::string diagnosis) {
  if (diagnosis.empty()) diagnosis = problem;
  return {{}, std::move(problem), std::move(diagnosis)};
}

Edited checked_child(std::string_view parent, std::string child) {
  const Lines before = split_lines(parent), after = split_lines(child);
  const Regions had = find_regions(before), has = find_regions(after);
  if (!had.marked && has.marked) {
    return refused("the new text has EVOLVE-BLOCK markers, which the source does not have");
  }
  if (!has.problem.empty()) return refused("the markers do not pair up: " + has.problem);
  if (has.editable.size() != had.editable.size()) {
    return refused("the new text changes the number of EVOLVE-BLOCK markers");
  }
  if (had.marked && fixed_text(before, had) != fixed_text(after, has)) {
    return refused("the new text changes lines outside the EVOLVE blocks");
  }
  if (holds_garbage(child) && !holds_garbage(parent)) {
    return refused("the new text holds bytes that are no text");
  }
  if (essence(before) == essence(after)) return refused("the reply changes nothing");
  return {std::move(child), {}, {}};
}

}  // namespace mutator_llm
