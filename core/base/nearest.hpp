// "Did you mean ...?"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fihost {

/// The one of `words` that takes the fewest edits (insert, delete, replace one letter) from `typed`;
/// none when even that one is another word (more than a third of its letters differ, at least 2).
[[nodiscard]] std::optional<std::string> nearest(std::string_view typed,
                                                 const std::vector<std::string>& words);

}  // namespace fihost
