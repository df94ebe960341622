// Text of any origin within a number of bytes, for prompts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fihost::search {

/// `text`, or its first lines and a line "[... N lines left out]". Never more than `bytes`; a single
/// line that is too long is cut between characters and ends with " ...".
[[nodiscard]] std::string bounded_lines(std::string_view text, std::size_t bytes);

/// `text` on one line of at most `bytes`: control characters become blanks, runs of blanks one; what
/// is too long is cut between characters and ends with " ...".
[[nodiscard]] std::string bounded_line(std::string_view text, std::size_t bytes);

}  // namespace fihost::search
