#include "edit.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "edit_blocks.hpp"
#include "line_match.hpp"
#include "regions.hpp"

namespace mutator_llm {
namespace {

constexpr std::size_t shown_lines = 24, shown_places = 8;

struct Source {
  Lines lines;
  Regions regions;
};

struct Replacement {
  std::size_t block = 0;
  LineRange place;
  std::string text;
};

std::string percent(double share) { return std::to_string(static_cast<int>(share * 100)) + " %"; }

/// A little more than the place itself.
LineRange around(LineRange place, std::size_t lines) {
  const std::size_t begin = place.begin < 2 ? 0 : place.begin - 2;
  return {begin, std::min({place.end + 2, begin + shown_lines, lines})};
}

Edited missed(const std::string& block, const Source& source, const Lines& search) {
  const auto outside = find_lines(source.lines, {{0, source.lines.size()}}, search);
  if (!outside.empty()) {
    const std::string place = place_text(outside.front().place);
    return refused(block + ": SEARCH matches " + place + ", which may not change",
                   block + ": its SEARCH text stands at " + place +
                       ", but only lines between EVOLVE-BLOCK-START and EVOLVE-BLOCK-END may "
                       "change. Edit inside those blocks only.");
  }
  std::string diagnosis = block + ": its SEARCH text stands nowhere in the source.";
  if (const auto near = most_like(source.lines, search)) {
    diagnosis += " The place most like it (" + percent(near->share) + " alike) is " +
                 place_text(near->place) + " (the numbers are not part of it):\n" +
                 numbered(source.lines, around(near->place, source.lines.size()));
  }
  return refused(block + ": SEARCH matches nothing", diagnosis);
}

Edited ambiguous(const std::string& block, const std::vector<LineMatch>& found) {
  std::string places;
  for (std::size_t i = 0; i < std::min(found.size(), shown_places); ++i) {
    places += (i == 0 ? "" : ", ") + place_text(found[i].place);
  }
  if (found.size() > shown_places) places += ", ...";
  const std::string count = std::to_string(found.size());
  return refused(block + ": SEARCH matches " + count + " places",
                 block + ": its SEARCH text stands in " + count + " places: " + places +
                     ". Add neighbouring lines until it stands in one place only.");
}

std::string block_name(std::size_t index) { return "block " + std::to_string(index + 1); }

/// Looks one block up; appends to `edits` or says why not.
Edited look_up(const Source& source, const EditBlock& block, std::size_t index,
               std::vector<Replacement>& edits) {
  const std::string name = block_name(index);
  if (std::all_of(block.search.begin(), block.search.end(), blank)) {
    return refused(name + ": SEARCH is empty",
                   name +
                       ": its SEARCH part is empty. To add lines, search for the line before "
                       "which they go and repeat it in the REPLACE part.");
  }
  const auto found = find_lines(source.lines, source.regions.editable, block.search);
  if (found.empty()) return missed(name, source, block.search);
  if (found.size() > 1) return ambiguous(name, found);
  if (std::any_of(block.replace.begin(), block.replace.end(), is_marker)) {
    return refused(name + ": REPLACE holds an EVOLVE-BLOCK marker",
                   name + ": its REPLACE part holds an EVOLVE-BLOCK marker. Leave markers alone.");
  }
  edits.push_back({index, found.front().place, reindented(block.replace, found.front())});
  return {};
}

std::string without_overlap(std::vector<Replacement>& edits) {
  std::sort(edits.begin(), edits.end(), [](const Replacement& a, const Replacement& b) {
    return a.place.begin < b.place.begin;
  });
  for (std::size_t i = 1; i < edits.size(); ++i) {
    if (edits[i].place.begin < edits[i - 1].place.end) {
      return block_name(edits[i - 1].block) + " and " + block_name(edits[i].block) +
             " change the same lines (" + place_text(edits[i].place) + ")";
    }
  }
  return {};
}

}  // namespace

Edited apply_edit_blocks(std::string_view text, std::string_view reply) {
  const EditBlocks parsed = find_edit_blocks(split_lines(reply));
  if (!parsed.problem.empty()) return refused(parsed.problem);
  if (parsed.blocks.empty()) return refused("the reply has no SEARCH/REPLACE block");

  Source source{split_lines(text), {}};
  source.regions = find_regions(source.lines);
  std::vector<Replacement> edits;
  Edited failure;
  for (std::size_t i = 0; i < parsed.blocks.size(); ++i) {
    const Edited looked_up = look_up(source, parsed.blocks[i], i, edits);
    if (looked_up.ok()) continue;
    if (failure.ok()) failure.problem = looked_up.problem;
    failure.diagnosis += looked_up.diagnosis + "\n";
  }
  if (!failure.ok()) return failure;
  if (const std::string overlap = without_overlap(edits); !overlap.empty()) {
    return refused(overlap, overlap + ". Join them into one block.");
  }
  std::string child;
  std::size_t at = 0;
  for (const Replacement& edit : edits) {
    child += joined(source.lines, {at, edit.place.begin}) + edit.text;
    at = edit.place.end;
  }
  child += joined(source.lines, {at, source.lines.size()});
  return checked_child(text, std::move(child));
}

}  // namespace mutator_llm
