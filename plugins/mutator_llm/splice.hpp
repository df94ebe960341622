// Puts a rewritten source into its parent: only the editable text is taken.
#pragma once

#include <string_view>

#include "edited.hpp"

namespace mutator_llm {

/// `code` is what the reply offers as the whole file. Of a parent with markers it must have as many
/// pairs, or none and be the same outside them but for blanks. Both have LF line ends; the parent's
/// markers pair up.
[[nodiscard]] Edited splice(std::string_view parent, std::string_view code);

}  // namespace mutator_llm
