#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include "core/device/buffer.hpp"
#include "core/device/cuda_grid.hpp"
#include "core/device/cuda_kernels.hpp"
#include "core/device/random.hpp"

namespace fihost::device {
namespace {

/// Sum over the warp, then one atomic a warp.
__device__ void add_total(unsigned long long value, unsigned long long* total) {
  for (int d = 16; d > 0; d /= 2) value += __shfl_xor_sync(0xffffffffu, value, d);
  if (threadIdx.x % 32 == 0 && value != 0) atomicAdd(total, value);
}

__global__ void checksum(const ulonglong2* base, std::uint64_t pairs, unsigned long long* sum) {
  unsigned long long own = 0;
  for (std::uint64_t i = first_item(); i < pairs; i += item_stride()) {
    const ulonglong2 words = base[i];
    own += word_term(words.x, 2 * i) + word_term(words.y, 2 * i + 1);
  }
  add_total(own, sum);
}

__global__ void count_written(const std::uint8_t* from, std::uint64_t bytes,
                              unsigned long long* count) {
  unsigned long long own = 0;
  for (std::uint64_t i = first_item(); i < bytes; i += item_stride()) {
    own += from[i] != poison_byte ? 1 : 0;
  }
  add_total(own, count);
}

/// What one lane has seen, summed up over a warp at its end.
struct Findings {
  unsigned int failures = 0, poisoned = 0;
  float max_abs = 0, max_rel = 0;
  float rel_bound = 0;  ///< an error below this many times its scale is not the largest
  unsigned int nonfinite_mismatches = 0;
  unsigned int has_infinity = 0, has_nan = 0, reference_infinity = 0, reference_nan = 0;
};

struct Limits {
  float atol, rtol, wrong_share;
};

__device__ unsigned int look_closely(float y, float x, Limits limits, Findings& found) {
  if (is_finite(x) && is_finite(y)) {  // the difference overflowed
    const float abs = fabsf(x - y);
    const float rel = abs / (fabsf(y) + 1e-8f);
    found.max_abs = fmaxf(found.max_abs, abs);
    found.max_rel = fmaxf(found.max_rel, rel);
    return abs > limits.atol && rel > limits.rtol ? 1 : 0;
  }
  const Nonfinite what = look_at_nonfinite(y, x);
  found.nonfinite_mismatches += what.mismatch;
  found.has_infinity |= what.has_infinity;
  found.has_nan |= what.has_nan;
  found.reference_infinity |= what.reference_infinity;
  found.reference_nan |= what.reference_nan;
  return 0;
}

/// decode(), by the hardware's conversions where there are any.
template <DType D>
__device__ float value_of(Code<D> code) {
  if constexpr (D == DType::float16) {
    return __half2float(__ushort_as_half(code));
  } else if constexpr (D == DType::float8_e5m2) {  // the upper byte of a half
    return __half2float(__ushort_as_half(static_cast<std::uint16_t>(code << 8)));
  } else if constexpr (D == DType::float8_e4m3fn) {
    return __half2float(__half(__nv_cvt_fp8_to_halfraw(code, __NV_E4M3)));
  } else {
    return decode<D>(code);
  }
}

/// One element; 1 if it fails. A division costs as much as everything else, so it is done only where
/// neither the largest quotient nor the side of rtol is known without it: 2^-20 is far more than the
/// rounding of the products that stand in for it.
template <DType D>
__device__ unsigned int look_at(Code<D> expected, Code<D> actual, Code<D> poison, Limits limits,
                                Findings& found) {
  const float y = value_of<D>(expected), x = value_of<D>(actual);
  found.poisoned += actual == poison ? 1 : 0;
  const float abs = fabsf(x - y);
  const float scale = fabsf(y) + 1e-8f;
  // Most elements end here: near enough, and not the worst. What is not finite does not.
  if (abs <= limits.atol && abs <= found.rel_bound * scale) {
    found.max_abs = fmaxf(found.max_abs, abs);
    return 0;
  }
  if (has_nonfinite<D> && !is_finite(abs)) return look_closely(y, x, limits, found);
  found.max_abs = fmaxf(found.max_abs, abs);
  constexpr float less = 1.0f - 0x1p-20f, more = 1.0f + 0x1p-20f;
  const float limit = limits.rtol * scale;
  const bool above = abs > limits.atol;
  const bool fails = above && abs > limit * more;
  const bool doubtful = above && !fails && abs >= limit * less;
  if (!doubtful && abs <= found.rel_bound * scale) return fails ? 1 : 0;
  const float rel = abs / scale;
  found.max_rel = fmaxf(found.max_rel, rel);
  found.rel_bound = found.max_rel * less;
  return fails || (doubtful && rel > limits.rtol) ? 1 : 0;
}

/// Four elements of a lane; those of a warp make a patch.
template <DType D>
struct alignas(4 * sizeof(Code<D>)) Four {
  Code<D> code[4];
};

/// Reads four at once where `Vector` says that rows are aligned for it.
template <DType D, bool Vector>
__device__ Four<D> load_four(const void* data, std::uint64_t at, std::uint64_t end) {
  const std::uint32_t lane = threadIdx.x % 32;
  Four<D> four{};
  if constexpr (Vector) {
    if (at + 4 * lane < end) four = static_cast<const Four<D>*>(data)[at / 4 + lane];
  } else {
#pragma unroll
    for (std::uint32_t i = 0; i < 4; ++i) {
      const std::uint64_t index = at + 32 * i + lane;
      if (index < end) four.code[i] = load_code<D>(data, index);
    }
  }
  return four;
}

/// Failures among a lane's four of the patch at `at`.
template <DType D, bool Vector>
__device__ unsigned int look_at_four(const Four<D>& expected, const Four<D>& actual,
                                     std::uint64_t at, std::uint64_t end, Code<D> poison,
                                     Limits limits, Findings& found) {
  const std::uint32_t lane = threadIdx.x % 32;
  unsigned int failures = 0;
  if (Vector && at + 4 * lane >= end) return 0;
#pragma unroll
  for (std::uint32_t i = 0; i < 4; ++i) {
    if (!Vector && at + 32 * i + lane >= end) continue;
    failures += look_at<D>(expected.code[i], actual.code[i], poison, limits, found);
  }
  return failures;
}

/// What a warp knows of its rows.
struct RowFindings {
  unsigned int failures = 0;  ///< of the row at hand
  bool wrong = false;
  float worst_patch = 0;
};

__device__ void count_patch(unsigned int failed, std::uint64_t count, Limits limits,
                            RowFindings& row) {
  row.failures += failed;
  if (failed == 0 || count < least_patch_elements) return;
  const std::uint64_t size = count < patch_elements ? count : std::uint64_t{patch_elements};
  const float share = static_cast<float>(failed) / static_cast<float>(size);
  row.worst_patch = fmaxf(row.worst_patch, share);
  row.wrong |= share > limits.wrong_share;
}

__device__ void add_up(const Findings& own, CudaComparison* result) {
  add_total(own.failures, &result->failures);
  add_total(own.poisoned, &result->poisoned);
  add_total(own.nonfinite_mismatches, &result->nonfinite_mismatches);
  if (own.has_infinity != 0) atomicOr(&result->has_infinity, 1u);
  if (own.has_nan != 0) atomicOr(&result->has_nan, 1u);
  if (own.reference_infinity != 0) atomicOr(&result->reference_infinity, 1u);
  if (own.reference_nan != 0) atomicOr(&result->reference_nan, 1u);
  const unsigned int abs_bits = __reduce_max_sync(0xffffffffu, __float_as_uint(own.max_abs));
  const unsigned int rel_bits = __reduce_max_sync(0xffffffffu, __float_as_uint(own.max_rel));
  if (threadIdx.x % 32 == 0) {
    atomicMax(&result->max_abs_bits, abs_bits);
    atomicMax(&result->max_rel_bits, rel_bits);
  }
}

/// A warp for each row. A lane has 16 or 32 bytes of either tensor on their way before it looks at
/// any. Reads both tensors once; bound by memory.
template <DType D, bool Vector>
__global__ void __launch_bounds__(threads, sizeof(Code<D>) == 1 ? 3 : 4)
    compare(const void* expected, const void* actual, RowGrid grid, std::uint8_t byte,
            Limits limits, CudaComparison* result) {
  constexpr int ahead = sizeof(Code<D>) == 1 ? 4 : sizeof(Code<D>) == 8 ? 1 : 2;
  const Code<D> poison = filled_code<D>(byte);
  Findings found;
  RowFindings of_row;
  unsigned long long wrong_rows = 0, worst_row = 0;
  const std::uint64_t rows = grid.rows();
  for (std::uint64_t row = first_item() / 32; row < rows; row += item_stride() / 32) {
    of_row.failures = 0;
    of_row.wrong = false;
    const std::uint64_t end = grid.end(row);
    for (std::uint64_t at = grid.begin(row); at < end; at += ahead * patch_elements) {
      Four<D> y[ahead], x[ahead];
#pragma unroll
      for (int i = 0; i < ahead; ++i) {
        y[i] = load_four<D, Vector>(expected, at + i * patch_elements, end);
        x[i] = load_four<D, Vector>(actual, at + i * patch_elements, end);
      }
#pragma unroll
      for (int i = 0; i < ahead; ++i) {
        const std::uint64_t start = at + i * patch_elements;
        if (start >= end) break;
        const unsigned int own =
            look_at_four<D, Vector>(y[i], x[i], start, end, poison, limits, found);
        count_patch(__reduce_add_sync(0xffffffffu, own), end - start, limits, of_row);
      }
    }
    if (threadIdx.x % 32 == 0) found.failures += of_row.failures;
    if (!of_row.wrong) continue;
    ++wrong_rows;
    const unsigned long long packed = pack_row(of_row.failures, row);
    worst_row = worst_row > packed ? worst_row : packed;
  }
  add_up(found, result);
  if (threadIdx.x % 32 != 0) return;
  if (of_row.worst_patch > 0) {
    atomicMax(&result->worst_patch_bits, __float_as_uint(of_row.worst_patch));
  }
  if (wrong_rows == 0) return;
  atomicAdd(&result->wrong_rows, wrong_rows);
  atomicMax(&result->worst_row, worst_row);
}

template <DType D>
__global__ void count_unwritten(const void* first, const void* second, std::uint64_t elements,
                                unsigned long long* count) {
  unsigned long long own = 0;
  for (std::uint64_t i = first_item(); i < elements; i += item_stride()) {
    own += load_code<D>(first, i) == filled_code<D>(poison_byte) &&
                   load_code<D>(second, i) == filled_code<D>(second_poison_byte)
               ? 1
               : 0;
  }
  add_total(own, count);
}

__device__ unsigned long long nanoseconds() {
  unsigned long long t;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(t));
  return t;
}

__global__ void gate(const volatile unsigned int* flag, unsigned int value,
                     volatile unsigned int* expired) {
  constexpr unsigned long long limit_ns = 200'000'000;
  const unsigned long long start = nanoseconds();
  while (*flag != value) {
    if (nanoseconds() - start > limit_ns) {
      *expired = value;
      return;
    }
  }
}

__global__ void read_over(const uint4* data, std::uint64_t count, unsigned int* sink) {
  unsigned int own = 0;
  for (std::uint64_t i = first_item(); i < count; i += item_stride()) {
    const uint4 v = data[i];
    own ^= v.x ^ v.y ^ v.z ^ v.w;
  }
  if (own == 0x13579bdfu) *sink = own;  // never true for a zeroed buffer; keeps the loads
}

}  // namespace

void launch_checksum(const void* base, std::uint64_t words, unsigned long long* sum,
                     cudaStream_t stream) {
  const std::uint64_t pairs = words / 2;  // capacities are multiples of 16 bytes
  checksum<<<blocks_for(pairs / 8), threads, 0, stream>>>(static_cast<const ulonglong2*>(base),
                                                          pairs, sum);
  launched("a checksum");
}

void launch_count_written(const void* from, std::uint64_t bytes, unsigned long long* count,
                          cudaStream_t stream) {
  count_written<<<blocks_for(bytes / 8), threads, 0, stream>>>(
      static_cast<const std::uint8_t*>(from), bytes, count);
  launched("checking slack");
}

void launch_compare(const void* expected, const void* actual, const CompareRequest& request,
                    CudaComparison* result, cudaStream_t stream) {
  const RowGrid& grid = request.grid;
  const Limits limits{static_cast<float>(request.tolerance.atol),
                      static_cast<float>(request.tolerance.rtol),
                      wrong_patch_share(request.tolerance)};
  const unsigned int blocks = blocks_for(32 * grid.rows());
  with_dtype(request.dtype, [&](auto d) {
    constexpr DType type = d.value;
    // Rows start at multiples of four elements, so that a lane's four are aligned.
    const bool vector =
        type != DType::float4_e2m1 && grid.length % 4 == 0 && grid.elements % 4 == 0;
    if (vector) {
      compare<type, type != DType::float4_e2m1>
          <<<blocks, threads, 0, stream>>>(expected, actual, grid, request.poison, limits, result);
    } else {
      compare<type, false>
          <<<blocks, threads, 0, stream>>>(expected, actual, grid, request.poison, limits, result);
    }
  });
  launched("comparing outputs");
}

void launch_count_unwritten(const void* first, const void* second, DType dtype,
                            std::uint64_t elements, unsigned long long* count,
                            cudaStream_t stream) {
  with_dtype(dtype, [&](auto d) {
    count_unwritten<d.value>
        <<<blocks_for(elements / 4), threads, 0, stream>>>(first, second, elements, count);
  });
  launched("counting unwritten elements");
}

void launch_gate(const unsigned int* flag, unsigned int value, unsigned int* expired,
                 cudaStream_t stream) {
  gate<<<1, 1, 0, stream>>>(flag, value, expired);
  launched("the gate");
}

void launch_read_over(const void* data, std::uint64_t bytes, unsigned int* sink,
                      cudaStream_t stream) {
  read_over<<<blocks_for(bytes / 64), threads, 0, stream>>>(static_cast<const uint4*>(data),
                                                            bytes / 16, sink);
  launched("reading over the L2");
}

}  // namespace fihost::device
