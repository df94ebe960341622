// RMSNorm with one block a row and constants to be tuned; their values are a modest start.
//
//   threads  of a block
//   width    elements of a load: 2 to 16 bytes
//   keep     hold the row in registers between the passes instead of reading it again
//
// 28 KB from and to memory a row; without `keep`, another 14 KB from the L1 or L2 cache. Bound by
// memory bandwidth for large batches once loads are wide, by latency for small ones.
#include <cuda_bf16.h>
#include <fihost/tune.h>

#include <cstdint>
#include <fihost/cuda.hpp>

// EVOLVE-BLOCK-START
namespace {

namespace sdk = fihost::sdk;

constexpr int columns = 7168;

FIHOST_TUNE(int, threads, 128, 64, 128, 224, 256, 448, 512, 896, 1024);
FIHOST_TUNE(int, width, 1, 1, 2, 4, 8);
FIHOST_TUNE(bool, keep, false, false, true);
FIHOST_TUNE_REQUIRE(columns % (threads * width) == 0);
FIHOST_TUNE_REQUIRE(!keep || columns / threads <= 64);
FIHOST_TUNE_BLOCK(threads, threads / 32 * 4, keep ? columns / threads / 2 : 0);

constexpr int warps = threads / 32, loads = columns / (threads * width);

template <int elements>
struct Word;
template <>
struct Word<1> {
  using Bits = unsigned short;
};
template <>
struct Word<2> {
  using Bits = unsigned;
};
template <>
struct Word<4> {
  using Bits = uint2;
};
template <>
struct Word<8> {
  using Bits = uint4;
};

// `width` elements, moved in one instruction.
union Pack {
  Word<width>::Bits bits;
  unsigned short element[width];
};

__device__ Pack load(const __nv_bfloat16* from, int i) {
  Pack pack;
  pack.bits = reinterpret_cast<const Word<width>::Bits*>(from)[i * threads + threadIdx.x];
  return pack;
}

__device__ float widen(unsigned short bits) { return __uint_as_float(unsigned{bits} << 16); }

__global__ void __launch_bounds__(threads)
    rmsnorm(const __nv_bfloat16* input, const __nv_bfloat16* weight, __nv_bfloat16* output) {
  __shared__ float partial[warps];
  const __nv_bfloat16* const x = input + static_cast<int64_t>(blockIdx.x) * columns;
  __nv_bfloat16* const y = output + static_cast<int64_t>(blockIdx.x) * columns;
  Pack kept[keep ? loads : 1];
  float sum = 0;
#pragma unroll
  for (int i = 0; i < loads; ++i) {
    const Pack pack = load(x, i);
    if constexpr (keep) kept[i] = pack;
#pragma unroll
    for (int e = 0; e < width; ++e) sum += widen(pack.element[e]) * widen(pack.element[e]);
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  float total = 0;
#pragma unroll
  for (int i = 0; i < warps; ++i) total += partial[i];
  const float inverse_rms = 1 / sqrtf(total / columns + 1e-6f);

#pragma unroll
  for (int i = 0; i < loads; ++i) {
    Pack pack;
    if constexpr (keep)
      pack = kept[i];
    else
      pack = load(x, i);
    const Pack scale = load(weight, i);
#pragma unroll
    for (int e = 0; e < width; ++e)
      pack.element[e] = __bfloat16_as_ushort(
          __float2bfloat16_rn(widen(pack.element[e]) * inverse_rms * widen(scale.element[e])));
    reinterpret_cast<Word<width>::Bits*>(y)[i * threads + threadIdx.x] = pack.bits;
  }
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const auto rows = static_cast<unsigned>(call->inputs[0].shape[0]);
  rmsnorm<<<rows, threads, 0, sdk::stream(*call)>>>(sdk::data<const __nv_bfloat16>(call->inputs[0]),
                                                    sdk::data<const __nv_bfloat16>(call->inputs[1]),
                                                    sdk::data<__nv_bfloat16>(call->outputs[0]));
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace
// EVOLVE-BLOCK-END

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "rmsnorm-tunable",
    "rmsnorm_h7168",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA,
    nullptr,
    nullptr,
    run,
    nullptr};
