// Whether two sources are the same program, up to comments and layout.
#pragma once

#include <string>
#include <string_view>

namespace fihost::search {

/// The tokens of C++ or CUDA `source`, one space between them. Comments, white space, line
/// continuations and digit separators are gone; literals are kept byte by byte, and a preprocessor
/// line ends with a line end, as layout means something there. Any text has such a form; time is
/// linear in its length. What a macro makes of its arguments' spaces (#x) is not seen.
[[nodiscard]] std::string normalised_source(std::string_view source);

/// SHA-256 of the normalised source: equal for sources that differ in formatting only.
[[nodiscard]] std::string source_digest(std::string_view source);

}  // namespace fihost::search
