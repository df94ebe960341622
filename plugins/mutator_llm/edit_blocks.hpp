// The SEARCH/REPLACE blocks of a reply.
#pragma once

#include <string>
#include <vector>

#include "lines.hpp"

namespace mutator_llm {

/// Both sides as lines of the reply.
struct EditBlock {
  Lines search, replace;
};

struct EditBlocks {
  std::vector<EditBlock> blocks;
  std::string problem;  ///< a block that has no end, or two beginnings; one line; empty: none
};

/// Marker lines have 5 to 9 of their character, blanks at either end, and any case; the text around
/// the blocks, fences too, is ignored.
[[nodiscard]] EditBlocks find_edit_blocks(const Lines& reply);

}  // namespace mutator_llm
