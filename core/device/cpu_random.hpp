// Random contents in the host's memory, on all cores: the bytes that random.hpp defines.
#pragma once

#include <cstdint>

#include "core/device/vectors.hpp"
#include "core/model/dtype.hpp"

namespace fihost::device {

/// `table` is make_random_table()'s. Leaves float4 alone, for which there is no recipe.
void randomize_on_cpu(void* data, DType dtype, std::uint64_t elements, std::uint64_t key,
                      const void* table, Vectors vectors = widest_vectors());

}  // namespace fihost::device
