// Loops over tensors in the host's memory, on all cores. What they give is bit for bit what the
// kernels of cuda_kernels.hpp give.
#pragma once

#include <cstdint>

#include "core/device/comparison.hpp"

namespace fihost::device {

/// `table` is the table of fp8_table_entries codes for the FP8 types, else null.
void randomize_on_cpu(void* data, DType dtype, std::uint64_t elements, std::uint64_t key,
                      const std::uint8_t* table);

[[nodiscard]] Comparison compare_on_cpu(const void* expected, const void* actual,
                                        const CompareRequest& request);

/// Elements that are all `first_byte` in `first` and all `second_byte` in `second`.
[[nodiscard]] std::uint64_t count_filled_on_cpu(const void* first, std::uint8_t first_byte,
                                                const void* second, std::uint8_t second_byte,
                                                DType dtype, std::uint64_t elements);

/// Checksum of `words` 64-bit words; see word_term().
[[nodiscard]] std::uint64_t checksum_on_cpu(const void* base, std::uint64_t words);

}  // namespace fihost::device
