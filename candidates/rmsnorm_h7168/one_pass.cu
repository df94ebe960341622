// RMSNorm that reads a row once, with all its loads under way before the first of them is used.
//
// One block a row. Each thread holds its share of the row in registers, 16 bytes a load; the sum of
// squares goes through warp shuffles and one value a warp in shared memory. Rows pass the L1 cache
// by, so the weights stay in it: only the first blocks of a multiprocessor fetch them from further
// away, most of the way at the same time as their row.
//
// Up to `few_rows` rows a block has `few_threads` threads, for the shortest way from the first load
// to the last store; above, `many_threads`, and registers suffice for `many_blocks` blocks of a
// multiprocessor, whose rows, 14 KB each, are what is under way from memory: 112 KB. On 132
// multiprocessors 8 blocks make 1024 rows one wave and 8192 rows not quite eight.
//   pipelined      blocks stay and take row after row: the weights stay in registers, and the next
//                  row is requested before the one at hand is waited for
//   weights        unless pipelined: 0 read after the sum, 1 the same but asked into the L2 cache
//                  with the row, 2 read with the row
//   load_hint      0 through the L1 cache, 1 past it, 2 past it and the first to leave the L2 cache
//   store_hint     0 none, 1 the first to leave the L2 cache
//
// 28 KB from and to memory a row, and 14 KB of weights from the L1 cache. Bound by memory bandwidth
// for large batches; by the launch, one round trip to memory and one reduction for small ones.
#include <cuda_bf16.h>
#include <fihost/tune.h>

#include <algorithm>
#include <cstdint>
#include <fihost/cuda.hpp>

// EVOLVE-BLOCK-START
namespace {

namespace sdk = fihost::sdk;

constexpr int columns = 7168, chunks = columns / 8;  // of 16 bytes

FIHOST_TUNE(int, few_rows, 264, 0, 132, 264, 528, 1056);
FIHOST_TUNE(int, few_threads, 448, 224, 448, 896);
FIHOST_TUNE(int, many_threads, 128, 64, 128, 224, 448, 896);
FIHOST_TUNE(int, many_blocks, 8, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16);
FIHOST_TUNE(bool, pipelined, false, false, true);
FIHOST_TUNE(int, weights, 1, 0, 1, 2);
FIHOST_TUNE(int, load_hint, 1, 0, 1, 2);
FIHOST_TUNE(int, store_hint, 0, 0, 1);

// Registers: a share of the row, one of the weights or a part of it, one of the next row, and what
// addresses and sums need. Each quarter of a multiprocessor has 16384 of them for its warps.
constexpr int share = columns / many_threads / 2;
constexpr int part = share - (share > 16) * (share - 16);
constexpr int many_registers = share + 18 + pipelined * (2 * share + 16) +
                               (!pipelined && weights == 2) * share +
                               (!pipelined && weights != 2) * part;
constexpr int many_warps = many_threads / 32 * many_blocks;
FIHOST_TUNE_REQUIRE(many_warps <= 64 && (many_warps + 3) / 4 * 32 * many_registers <= 16384);
constexpr int few_blocks = few_threads == 896 ? 2 : few_threads == 448 ? 3 : 4;
FIHOST_TUNE_BLOCK(many_threads, many_threads / 32 * 8, many_registers);

__device__ uint4 load_row(const uint4* from) {
  uint4 x;
  if constexpr (load_hint == 0)
    asm volatile("ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w)
                 : "l"(from));
  else if constexpr (load_hint == 1)
    asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w)
                 : "l"(from));
  else
    asm volatile("ld.global.cs.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w)
                 : "l"(from));
  return x;
}

// Volatile, lest the compiler move it behind the reduction.
__device__ uint4 load_now(const uint4* from) {
  uint4 w;
  asm volatile("ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(w.x), "=r"(w.y), "=r"(w.z), "=r"(w.w)
               : "l"(from));
  return w;
}

// Keeps its place among the stores, which keeps few of them in registers at a time.
__device__ uint4 load_in_order(const uint4* from) {
  uint4 w;
  asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(w.x), "=r"(w.y), "=r"(w.z), "=r"(w.w)
               : "l"(from)
               : "memory");
  return w;
}

// From here on the compiler does not know what `x` holds: without this it keeps the row as float32
// between the passes, in twice the registers.
__device__ void forget(uint4& x) { asm volatile("" : "+r"(x.x), "+r"(x.y), "+r"(x.z), "+r"(x.w)); }

__device__ void store(uint4* to, uint4 y) {
  if constexpr (store_hint == 0)
    *to = y;
  else
    __stcs(to, y);
}

__device__ float low(unsigned pair) { return __uint_as_float(pair << 16); }
__device__ float high(unsigned pair) { return __uint_as_float(pair & 0xffff0000u); }

__device__ void add_squares(float (&sum)[4], uint4 x) {
  const unsigned pairs[4] = {x.x, x.y, x.z, x.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    sum[i] = fmaf(low(pairs[i]), low(pairs[i]), sum[i]);
    sum[i] = fmaf(high(pairs[i]), high(pairs[i]), sum[i]);
  }
}

__device__ unsigned scaled(unsigned x, float factor, unsigned w) {
  const __nv_bfloat162 y =
      __floats2bfloat162_rn(low(x) * factor * low(w), high(x) * factor * high(w));
  return reinterpret_cast<const unsigned&>(y);
}

__device__ uint4 scaled(uint4 x, float factor, uint4 w) {
  return make_uint4(scaled(x.x, factor, w.x), scaled(x.y, factor, w.y), scaled(x.z, factor, w.z),
                    scaled(x.w, factor, w.w));
}

// Over all threads. `partial` is free again once the block has passed the next barrier.
template <int warps>
__device__ float sum_of_block(float sum, float (&partial)[(warps + 3) / 4 * 4]) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  const auto* const fours = reinterpret_cast<const float4*>(partial);
  float4 total = make_float4(0, 0, 0, 0);
#pragma unroll
  for (int i = 0; i < warps / 4; ++i) {
    const float4 four = fours[i];
    total = make_float4(total.x + four.x, total.y + four.y, total.z + four.z, total.w + four.w);
  }
#pragma unroll
  for (int i = warps / 4 * 4; i < warps; ++i) total.x += partial[i];
  return total.x + total.y + (total.z + total.w);
}

template <int threads, int blocks, bool pipelined, int weights>
__global__ void __launch_bounds__(threads, blocks)
    rmsnorm(const uint4* input, const uint4* weight, uint4* output, int rows) {
  constexpr int loads = chunks / threads, warps = threads / 32;
  alignas(16) __shared__ float partial[2][(warps + 3) / 4 * 4];
  int64_t place = static_cast<int64_t>(blockIdx.x) * chunks + threadIdx.x;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * chunks;
  uint4 x[loads], w[loads], next[loads];
#pragma unroll
  for (int i = 0; i < loads; ++i) x[i] = load_row(input + place + i * threads);
  if constexpr (pipelined || weights == 2) {
#pragma unroll
    for (int i = 0; i < loads; ++i) w[i] = load_now(weight + threadIdx.x + i * threads);
  } else if constexpr (weights == 1) {
    constexpr int lines = chunks / 8;  // of 128 bytes
#pragma unroll
    for (int i = 0; i < lines; i += threads)
      if (static_cast<int>(threadIdx.x) < lines - i)
        asm volatile("prefetch.global.L2 [%0];" ::"l"(weight + (threadIdx.x + i) * 8));
  }

  for (int row = static_cast<int>(blockIdx.x), turn = 0;; turn ^= 1, place += stride) {
    row += static_cast<int>(gridDim.x);
    const bool more = pipelined && row < rows;
    if (more)
#pragma unroll
      for (int i = 0; i < loads; ++i) next[i] = load_row(input + place + stride + i * threads);
    float sum[4] = {};
#pragma unroll
    for (int i = 0; i < loads; ++i) {
      add_squares(sum, x[i]);
      forget(x[i]);
    }
    const float total =
        sum_of_block<warps>(sum[0] + sum[1] + (sum[2] + sum[3]), partial[pipelined ? turn : 0]);
    const float inverse_rms = rsqrtf(total * (1.0f / columns) + 1e-6f);
#pragma unroll
    for (int i = 0; i < loads; ++i) {
      if constexpr (!pipelined && weights != 2)
        if (i % 4 == 0)
#pragma unroll
          for (int j = i; j < loads && j < i + 4; ++j)
            w[j] = load_in_order(weight + threadIdx.x + j * threads);
      store(output + place + i * threads, scaled(x[i], inverse_rms, w[i]));
    }
    if (!more) break;
    if constexpr (pipelined)
#pragma unroll
      for (int i = 0; i < loads; ++i) x[i] = next[i];
  }
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const auto rows = static_cast<int>(call->inputs[0].shape[0]);
  const auto* const input = sdk::data<const uint4>(call->inputs[0]);
  const auto* const weight = sdk::data<const uint4>(call->inputs[1]);
  auto* const output = sdk::data<uint4>(call->outputs[0]);
  if (rows <= few_rows) {
    rmsnorm<few_threads, few_blocks, false, 2>
        <<<rows, few_threads, 0, sdk::stream(*call)>>>(input, weight, output, rows);
  } else {
    int blocks = rows;
    if constexpr (pipelined) {
      FIHOST_TRY_CUDA(
          error, cudaDeviceGetAttribute(&blocks, cudaDevAttrMultiProcessorCount, call->device.id));
      blocks = std::min(rows, blocks * many_blocks);
    }
    rmsnorm<many_threads, many_blocks, pipelined, weights>
        <<<blocks, many_threads, 0, sdk::stream(*call)>>>(input, weight, output, rows);
  }
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace
// EVOLVE-BLOCK-END

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "rmsnorm-one-pass",
    "rmsnorm_h7168",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA,
    nullptr,
    nullptr,
    run,
    nullptr};
