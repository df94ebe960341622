// Where a run of lines stands in a source.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "lines.hpp"

namespace mutator_llm {

/// Lines of `source` that are the ones looked for.
struct LineMatch {
  LineRange place;
  /// What the source's lines have in front of the ones looked for; `removed` when it is the other
  /// way round. Empty: the indentation is the same.
  std::string_view shift;
  bool removed = false;
};

/// All places in `ranges`, by the first of these that gives any: equal lines; lines that differ in
/// trailing blanks; lines that are indented by one and the same amount more or less; the last again
/// without the blank lines around `wanted`. `wanted` holds a line that is not blank.
[[nodiscard]] std::vector<LineMatch> find_lines(const Lines& source,
                                                const std::vector<LineRange>& ranges,
                                                const Lines& wanted);

/// `replacement` indented like the lines that `match` found.
[[nodiscard]] std::string reindented(const Lines& replacement, const LineMatch& match);

/// The lines most like `wanted`, and how alike they are, 0 to 1. None: the source is empty.
struct Likeness {
  LineRange place;
  double share = 0;
};
[[nodiscard]] std::optional<Likeness> most_like(const Lines& source, const Lines& wanted);

}  // namespace mutator_llm
