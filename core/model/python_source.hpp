// What can be said of Python source without an interpreter.
#pragma once

#include <string>
#include <string_view>

namespace fihost {

/// Empty when `source` may be a definition's reference: strings and brackets are closed, and a plain
/// top-level `def run(` stands outside of both. Else what is wrong, with the line in the source. The
/// rest of the grammar is not checked.
[[nodiscard]] std::string reference_fault(std::string_view source);

/// Empty when `source` may be one Python expression: it is not blank, strings and brackets are closed,
/// and it is no assignment or statement. Else what is wrong.
[[nodiscard]] std::string expression_fault(std::string_view source);

}  // namespace fihost
