#include "splice.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lines.hpp"
#include "regions.hpp"

namespace mutator_llm {
namespace {

/// The parent with the texts of `regions` in place of its own.
std::string with_regions(const Lines& parent, const Regions& own,
                         const std::vector<std::string>& regions) {
  std::string text;
  std::size_t at = 0;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    text += joined(parent, {at, own.editable[i].begin}) + regions[i];
    at = own.editable[i].end;
  }
  return text + joined(parent, {at, parent.size()});
}

/// Lines that say something, with the line of the text where each stands.
struct Essence {
  std::vector<std::string> words;
  std::vector<std::size_t> lines;
};

Essence essence(const Lines& lines, LineRange range) {
  Essence result;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    if (blank(lines[i]) || is_marker(lines[i])) continue;
    result.words.push_back(words_of(lines[i]));
    result.lines.push_back(i);
  }
  return result;
}

/// Finds the parent's fixed parts in `code`, in their order: what lies between them are the regions.
/// None when one is not there.
std::optional<std::vector<std::string>> between_fixed_parts(const Lines& parent, const Regions& own,
                                                            const Lines& code) {
  const Essence all = essence(code, {0, code.size()});
  std::vector<std::string> regions;
  auto at = all.words.begin();
  const auto line_at = [&](auto position) {
    return position == all.words.end()
               ? code.size()
               : all.lines[static_cast<std::size_t>(position - all.words.begin())];
  };
  const std::size_t count = own.editable.size();
  for (std::size_t i = 0; i <= count; ++i) {
    const LineRange fixed = {i == 0 ? 0 : own.editable[i - 1].end,
                             i == count ? parent.size() : own.editable[i].begin};
    const Essence part = essence(parent, fixed);
    auto found = at;
    if (i == count) {  // the last part ends the file
      const auto room = static_cast<std::size_t>(all.words.end() - at);
      if (room < part.words.size()) return std::nullopt;
      found = all.words.end() - static_cast<std::ptrdiff_t>(part.words.size());
      if (!std::equal(found, all.words.end(), part.words.begin())) return std::nullopt;
    } else {
      if (i > 0 && part.words.empty()) return std::nullopt;  // nothing tells two blocks apart
      found = std::search(at, all.words.end(), part.words.begin(), part.words.end());
      if (i == 0 && found != at) return std::nullopt;
      if (found == all.words.end() && !part.words.empty()) return std::nullopt;
    }
    if (i > 0) regions.push_back(joined(code, {line_at(at), line_at(found)}));
    at = found + static_cast<std::ptrdiff_t>(part.words.size());
  }
  return regions;
}

}  // namespace

Edited splice(std::string_view parent_text, std::string_view code_text) {
  const Lines parent = split_lines(parent_text), code = split_lines(code_text);
  const Regions own = find_regions(parent), offered = find_regions(code);
  if (!own.marked) return checked_child(parent_text, joined(code));
  if (!offered.problem.empty()) {
    return refused("the reply's EVOLVE-BLOCK markers do not pair up: " + offered.problem);
  }
  std::vector<std::string> regions;
  if (offered.marked) {
    if (offered.editable.size() != own.editable.size()) {
      return refused("the reply has " + std::to_string(offered.editable.size()) +
                     " EVOLVE blocks, the source has " + std::to_string(own.editable.size()));
    }
    for (const LineRange range : offered.editable) regions.push_back(joined(code, range));
  } else if (auto found = between_fixed_parts(parent, own, code)) {
    regions = std::move(*found);
  } else {
    return refused(
        "the reply has no EVOLVE-BLOCK markers and changes text outside the blocks",
        "Your file has no EVOLVE-BLOCK markers, and its text outside the blocks is not the "
        "source's. "
        "Give the whole file with every line EVOLVE-BLOCK-START and EVOLVE-BLOCK-END where it was, "
        "and change only what stands between them.");
  }
  return checked_child(parent_text, with_regions(parent, own, regions));
}

}  // namespace mutator_llm
