// Applies SEARCH/REPLACE blocks to a source: all of them, each in exactly one place, or none.
#pragma once

#include <string_view>

#include "edited.hpp"

namespace mutator_llm {

/// Every block of `reply` is looked up in `source` as it was given, inside the editable lines, as
/// find_lines() does, and must be found once. Edits must not overlap. Both have LF line ends; the
/// source's markers pair up.
[[nodiscard]] Edited apply_edit_blocks(std::string_view source, std::string_view reply);

}  // namespace mutator_llm
