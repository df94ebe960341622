// RMSNorm with blocks that stay and rows that come ahead through a ring in shared memory. Needs
// compute capability 9.0 or later.
//
// Block b takes rows b, b + blocks, ... One thread requests them, one bulk copy of 14 KB a row, as
// soon as one of the `slots` places is free; an mbarrier a place says that a row has come. All
// threads take their share into registers, 16 bytes an access; the barrier of the reduction is also
// the sign that the place is free. The weights stay in registers.
// 28 KB from and to memory a row. `resident` blocks of `slots` rows are under way on a
// multiprocessor, 196 KB, without a register or a thread spent on it. Bound by memory bandwidth for
// large batches; by the launch, one round trip to memory and one reduction for small ones, where the
// ring is of no use and costs the set-up of its barriers.
#include <cuda_bf16.h>
#include <fihost/tune.h>

#include <algorithm>
#include <cstdint>
#include <fihost/cuda.hpp>

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
#error "bulk copies need sm_90 or later"
#endif

// EVOLVE-BLOCK-START
namespace {

namespace sdk = fihost::sdk;

constexpr int columns = 7168, row_bytes = columns * 2, chunks = columns / 8;  // of 16 bytes

FIHOST_TUNE(int, threads, 224, 64, 128, 224, 448, 896);
FIHOST_TUNE(int, slots, 7, 1, 2, 3, 4, 5, 6, 7, 10, 14, 15);
FIHOST_TUNE(int, resident, 2, 1, 2, 3, 4, 5, 7);
FIHOST_TUNE(int, store_hint, 0, 0, 1);

constexpr int loads = chunks / threads, warps = threads / 32;
constexpr int shared_bytes = slots * (row_bytes + 8) + 384;  // with sums of the warps
FIHOST_TUNE_REQUIRE(2048 >= threads * resident);
FIHOST_TUNE_REQUIRE(228 * 1024 >= resident * (shared_bytes + 1024));
// Shares of the row and of the weights, and what addresses and sums need.
FIHOST_TUNE_REQUIRE(65536 >= threads * resident * (loads * 8 + 12));
FIHOST_TUNE_BLOCK(threads, shared_bytes, loads * 8 + 12);

struct Shared {
  alignas(128) uint4 row[slots][chunks];
  alignas(16) float partial[2][(warps + 3) / 4 * 4];
  uint64_t full[slots];  // mbarriers
};
static_assert(sizeof(Shared) <= shared_bytes);

__device__ uint32_t shared_address(const void* p) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(p));
}
__device__ void initialise(uint64_t& barrier) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(&barrier)) : "memory");
}
__device__ void show_barriers_to_copies() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
// One row to `to`; `barrier` completes its phase when all of it is there.
__device__ void request(uint4* to, const uint4* from, uint64_t& barrier) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(&barrier)),
      "n"(row_bytes)
      : "memory");
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
          "r"(shared_address(to)),
      "l"(from), "n"(row_bytes), "r"(shared_address(&barrier))
      : "memory");
}
__device__ void wait(uint64_t& barrier, uint32_t parity) {
  uint32_t done = 0;
  while (done == 0)
    asm volatile(
        "{\n.reg .pred p;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
        "selp.u32 %0, 1, 0, p;\n}"
        : "=r"(done)
        : "r"(shared_address(&barrier)), "r"(parity)
        : "memory");
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

__device__ void store(uint4* to, uint4 y) {
  if constexpr (store_hint == 0)
    *to = y;
  else
    __stcs(to, y);
}

__device__ float sum_over_warp(float sum) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  return sum;
}

__device__ float sum_of(const float (&partial)[(warps + 3) / 4 * 4]) {
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

__global__ void __launch_bounds__(threads, resident)
    rmsnorm(const uint4* input, const uint4* weight, uint4* output, int rows) {
  extern __shared__ __align__(128) uint8_t memory[];
  auto& s = *reinterpret_cast<Shared*>(memory);
  const int first = static_cast<int>(blockIdx.x), blocks = static_cast<int>(gridDim.x);
  if (threadIdx.x == 0) {
#pragma unroll
    for (int i = 0; i < slots; ++i) initialise(s.full[i]);
    show_barriers_to_copies();
    for (int i = 0; i < slots && first + i * blocks < rows; ++i)
      request(s.row[i], input + static_cast<int64_t>(first + i * blocks) * chunks, s.full[i]);
  }
  uint4 w[loads];
#pragma unroll
  for (int i = 0; i < loads; ++i) w[i] = __ldg(weight + threadIdx.x + i * threads);
  __syncthreads();

  int slot = 0, turn = 0;
  uint32_t parity = 0;
  for (int row = first; row < rows; row += blocks, turn ^= 1) {
    wait(s.full[slot], parity);
    uint4 x[loads];
    float sum[4] = {};
#pragma unroll
    for (int i = 0; i < loads; ++i) {
      x[i] = s.row[slot][threadIdx.x + i * threads];
      add_squares(sum, x[i]);
    }
    const float own = sum_over_warp(sum[0] + sum[1] + (sum[2] + sum[3]));
    if (threadIdx.x % 32 == 0) s.partial[turn][threadIdx.x / 32] = own;
    __syncthreads();  // all sums are there, and nobody needs the place any more
    if (const int ahead = row + slots * blocks; threadIdx.x == 0 && ahead < rows)
      request(s.row[slot], input + static_cast<int64_t>(ahead) * chunks, s.full[slot]);
    const float inverse_rms = rsqrtf(sum_of(s.partial[turn]) * (1.0f / columns) + 1e-6f);
    uint4* const y = output + static_cast<int64_t>(row) * chunks + threadIdx.x;
#pragma unroll
    for (int i = 0; i < loads; ++i) store(y + i * threads, scaled(x[i], inverse_rms, w[i]));
    if (++slot == slots) {
      slot = 0;
      parity ^= 1;
    }
  }
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const auto rows = static_cast<int>(call->inputs[0].shape[0]);
  int processors = 0;
  FIHOST_TRY_CUDA(
      error, cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, call->device.id));
  FIHOST_TRY_CUDA(error, cudaFuncSetAttribute(rmsnorm, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                              sizeof(Shared)));
  rmsnorm<<<std::min(rows, processors * resident), threads, sizeof(Shared), sdk::stream(*call)>>>(
      sdk::data<const uint4>(call->inputs[0]), sdk::data<const uint4>(call->inputs[1]),
      sdk::data<uint4>(call->outputs[0]), rows);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace
// EVOLVE-BLOCK-END

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "rmsnorm-one-pass-bulk",
    "rmsnorm_h7168",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA,
    nullptr,
    nullptr,
    run,
    nullptr};
