// Loops over tensors in the host's memory, on all cores. What they give is bit for bit what the
// kernels of cuda_kernels.hpp give.
#pragma once

#include <cstdint>

#include "core/device/comparison.hpp"
#include "core/device/vectors.hpp"

namespace fihost::device {

void fill_on_cpu(void* data, std::uint8_t byte, std::uint64_t bytes);

[[nodiscard]] Comparison compare_on_cpu(const void* expected, const void* actual,
                                        const CompareRequest& request,
                                        Vectors vectors = widest_vectors());

/// Elements that are all `first_byte` in `first` and all `second_byte` in `second`.
[[nodiscard]] std::uint64_t count_filled_on_cpu(const void* first, std::uint8_t first_byte,
                                                const void* second, std::uint8_t second_byte,
                                                DType dtype, std::uint64_t elements);

/// Checksum of `words` 64-bit words; see word_term().
[[nodiscard]] std::uint64_t checksum_on_cpu(const void* base, std::uint64_t words);

}  // namespace fihost::device
