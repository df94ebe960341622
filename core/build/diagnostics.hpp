// What compilers, assemblers and linkers complain of, out of the text they print.
#pragma once

#include <string_view>
#include <vector>

#include "core/build/builder.hpp"

namespace fihost {

/// Understands gcc and clang ("file:line:column: error: ..."), nvcc ("file(line): error: ..."),
/// ptxas, nvlink and GNU ld. The first line of a complaint is its message; what a line does not
/// tell stays empty. Linear in the text, whose lines may be of any length.
[[nodiscard]] std::vector<Diagnostic> parse_diagnostics(std::string_view log);

}  // namespace fihost
