#include <algorithm>

#include "core/device/buffer.hpp"
#include "core/device/cuda_call.hpp"
#include "core/device/cuda_kernels.hpp"
#include "core/device/random.hpp"

namespace fihost::device {
namespace {

constexpr unsigned int threads = 256;
constexpr unsigned int max_blocks = 16384;  // grid-stride loops cover the rest

unsigned int blocks_for(std::uint64_t items) {
  const std::uint64_t blocks = (items + threads - 1) / threads;
  return static_cast<unsigned int>(std::clamp<std::uint64_t>(blocks, 1, max_blocks));
}

__device__ std::uint64_t first_item() {
  return blockIdx.x * static_cast<std::uint64_t>(blockDim.x) + threadIdx.x;
}
__device__ std::uint64_t item_stride() {
  return gridDim.x * static_cast<std::uint64_t>(blockDim.x);
}

__global__ void randomize(void* data, DType dtype, std::uint64_t elements, std::uint64_t key,
                          const std::uint8_t* table) {
  const std::uint32_t lanes = elements_per_block(dtype);
  const std::uint64_t blocks = (elements + lanes - 1) / lanes;
  for (std::uint64_t block = first_item(); block < blocks; block += item_stride()) {
    const Philox4 words = random_block(key, block);
    const std::uint64_t first = block * lanes;
    const std::uint64_t left = elements - first;
    const auto count = static_cast<std::uint32_t>(left < lanes ? left : lanes);
    if (lanes == 8 && count == 8) {
      static_cast<std::uint64_t*>(data)[block] = fp8_word(words, table);
      continue;
    }
    for (std::uint32_t lane = 0; lane < count; ++lane) {
      store_random(data, first + lane, dtype, words, lane, table);
    }
  }
}

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

__global__ void compare(const void* expected, const void* actual, DType dtype,
                        std::uint64_t elements, float atol, float rtol, CudaComparison* result) {
  unsigned long long failures = 0;
  bool infinity = false, nan = false, abs_nan = false, rel_nan = false;
  float max_abs = 0, max_rel = 0;
  for (std::uint64_t i = first_item(); i < elements; i += item_stride()) {
    const float y = load_as_float(expected, i, dtype);
    const float x = load_as_float(actual, i, dtype);
    const float abs = fabsf(x - y);
    const float rel = abs / (fabsf(y) + 1e-8f);
    infinity |= isinf(x);
    nan |= isnan(x);
    abs_nan |= isnan(abs);
    rel_nan |= isnan(rel);
    max_abs = fmaxf(max_abs, abs);
    max_rel = fmaxf(max_rel, rel);
    failures += abs > atol && rel > rtol ? 1 : 0;
  }
  add_total(failures, &result->failures);
  if (infinity) atomicOr(&result->has_infinity, 1u);
  if (nan) atomicOr(&result->has_nan, 1u);
  if (abs_nan) atomicOr(&result->abs_nan, 1u);
  if (rel_nan) atomicOr(&result->rel_nan, 1u);
  const unsigned int abs_bits = __reduce_max_sync(0xffffffffu, __float_as_uint(max_abs));
  const unsigned int rel_bits = __reduce_max_sync(0xffffffffu, __float_as_uint(max_rel));
  if (threadIdx.x % 32 == 0) {
    atomicMax(&result->max_abs_bits, abs_bits);
    atomicMax(&result->max_rel_bits, rel_bits);
  }
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

void launched(const char* what) { cuda_check(cudaGetLastError(), what); }

}  // namespace

void launch_randomize(void* data, DType dtype, std::uint64_t elements, std::uint64_t key,
                      const std::uint8_t* table, cudaStream_t stream) {
  const unsigned int blocks = blocks_for(elements / elements_per_block(dtype) + 1);
  randomize<<<blocks, threads, 0, stream>>>(data, dtype, elements, key, table);
  launched("filling an input");
}

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

void launch_compare(const void* expected, const void* actual, DType dtype, std::uint64_t elements,
                    float atol, float rtol, CudaComparison* result, cudaStream_t stream) {
  compare<<<blocks_for(elements / 4), threads, 0, stream>>>(expected, actual, dtype, elements, atol,
                                                            rtol, result);
  launched("comparing outputs");
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
