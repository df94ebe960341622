// The first lines of a candidate's run(): the definition's tensors by name.
#pragma once

#include <string>

#include "core/model/definition.hpp"

namespace fihost {

/// C++ that names the axes and the tensors of `definition`, out of a variable `call`; two spaces in
/// front of each line, none of them is an unused variable to the compiler. With `cuda` the elements
/// have CUDA's types, without it 8- and 16-bit floats are unsigned integers.
[[nodiscard]] std::string tensor_lines(const Definition& definition, bool cuda);

}  // namespace fihost
