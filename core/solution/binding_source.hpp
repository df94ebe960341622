// The TVM-FFI function that calls a candidate of fihost's own ABI, as source text.
#pragma once

#include <string>

#include "core/model/definition.hpp"

namespace fihost {

/// A source that exports the TVM-FFI function `run`: it takes the definition's inputs, then its
/// outputs, and calls the fihost_candidate_v1 of the same object. Throws Error for a definition that
/// cannot be called so: scalar outputs, or scalars of types narrower than float32 other than
/// bfloat16.
[[nodiscard]] std::string binding_source(const Definition& definition);

}  // namespace fihost
