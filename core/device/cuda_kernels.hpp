// The trusted kernels. Each function enqueues on `stream` and returns.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "core/model/dtype.hpp"

namespace fihost::device {

/// As random.hpp says; `table` is the FP8 table in device memory for the FP8 types, else null.
void launch_randomize(void* data, DType dtype, std::uint64_t elements, std::uint64_t key,
                      const std::uint8_t* table, cudaStream_t stream);

/// *sum += checksum of `words` 64-bit words.
void launch_checksum(const void* base, std::uint64_t words, unsigned long long* sum,
                     cudaStream_t stream);

/// *count += bytes of [from, from + bytes) that are not poison_byte.
void launch_count_written(const void* from, std::uint64_t bytes, unsigned long long* count,
                          cudaStream_t stream);

/// Result of one comparison in device memory; zero it first.
struct CudaComparison {
  unsigned long long failures;
  unsigned int has_infinity, has_nan;
  unsigned int abs_nan, rel_nan;
  unsigned int max_abs_bits, max_rel_bits;  ///< of non-negative floats, which order like integers
};
void launch_compare(const void* expected, const void* actual, DType dtype, std::uint64_t elements,
                    float atol, float rtol, CudaComparison* result, cudaStream_t stream);

/// Hold the stream until *flag equals `value`, at most 200 ms; then *expired becomes `value`.
/// Both live in mapped host memory.
void launch_gate(const unsigned int* flag, unsigned int value, unsigned int* expired,
                 cudaStream_t stream);

/// Read `bytes` once, so that they push everything else out of the L2 as clean lines.
void launch_read_over(const void* data, std::uint64_t bytes, unsigned int* sink,
                      cudaStream_t stream);

}  // namespace fihost::device
