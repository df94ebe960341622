// The trusted kernels. Each function enqueues on `stream` and returns.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "core/device/comparison.hpp"

namespace fihost::device {

/// As random.hpp says; `table` is make_random_table()'s in device memory.
void launch_randomize(void* data, DType dtype, std::uint64_t elements, std::uint64_t key,
                      const void* table, cudaStream_t stream);

/// *sum += checksum of `words` 64-bit words.
void launch_checksum(const void* base, std::uint64_t words, unsigned long long* sum,
                     cudaStream_t stream);

/// *count += bytes of [from, from + bytes) that are not poison_byte.
void launch_count_written(const void* from, std::uint64_t bytes, unsigned long long* count,
                          cudaStream_t stream);

/// Result of one comparison in device memory; zero it first. Floats that are not negative order like
/// their bits.
struct CudaComparison {
  unsigned long long failures, nonfinite_mismatches, poisoned, wrong_rows, worst_row;
  unsigned int max_abs_bits, max_rel_bits, worst_patch_bits;
  unsigned int has_infinity, has_nan, reference_infinity, reference_nan;
};
void launch_compare(const void* expected, const void* actual, const CompareRequest& request,
                    CudaComparison* result, cudaStream_t stream);

/// *count += elements that are all poison_byte in `first` and all second_poison_byte in `second`.
void launch_count_unwritten(const void* first, const void* second, DType dtype,
                            std::uint64_t elements, unsigned long long* count, cudaStream_t stream);

/// Hold the stream until *flag equals `value`, at most 200 ms; then *expired becomes `value`.
/// Both live in mapped host memory.
void launch_gate(const unsigned int* flag, unsigned int value, unsigned int* expired,
                 cudaStream_t stream);

/// Read `bytes` once, so that they push everything else out of the L2 as clean lines.
void launch_read_over(const void* data, std::uint64_t bytes, unsigned int* sink,
                      cudaStream_t stream);

}  // namespace fihost::device
