// Which lines of a source may change: those between EVOLVE-BLOCK-START and EVOLVE-BLOCK-END.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lines.hpp"

namespace mutator_llm {

/// A marker is a comment of any style that begins with its word, on a line of its own or behind code;
/// the whole line is fixed. Without markers everything may change.
struct Regions {
  std::vector<LineRange> editable;  ///< in order, disjoint, without the markers' lines
  bool marked = false;
  std::string problem;  ///< markers that do not pair up, one line; empty: they do
};
[[nodiscard]] Regions find_regions(const Lines& lines);

[[nodiscard]] bool is_marker(std::string_view line);

}  // namespace mutator_llm
