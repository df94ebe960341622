// RMSNorm with one block a row, 16 bytes an access, two passes over the row.
//
// Each thread reads `loads` times eight elements for the sum of squares, which goes through warp
// shuffles and one value a warp in shared memory, and reads them again, from the L1 cache, to scale
// them. 28 KB from and to memory a row, 28 KB from the caches (the row again, and the weights).
// Bound by memory bandwidth for large batches, as the loads of a pass are all under way at once; by
// two round trips, one reduction and the launch for small ones.
#include <cuda_bf16.h>
#include <fihost/tune.h>

#include <cstdint>
#include <fihost/cuda.hpp>

// EVOLVE-BLOCK-START
namespace {

namespace sdk = fihost::sdk;

constexpr int columns = 7168;

FIHOST_TUNE(int, threads, 448, 64, 128, 224, 448, 896);
FIHOST_TUNE_REQUIRE(columns % (threads * 8) == 0);
FIHOST_TUNE_BLOCK(threads, threads / 32 * 4, columns / threads / 2);

constexpr int warps = threads / 32, loads = columns / (threads * 8);

__device__ float low(unsigned pair) { return __uint_as_float(pair << 16); }
__device__ float high(unsigned pair) { return __uint_as_float(pair & 0xffff0000u); }

__device__ float square(unsigned pair) { return low(pair) * low(pair) + high(pair) * high(pair); }

__device__ unsigned scaled(unsigned x, float factor, unsigned w) {
  const __nv_bfloat162 y =
      __floats2bfloat162_rn(low(x) * factor * low(w), high(x) * factor * high(w));
  return reinterpret_cast<const unsigned&>(y);
}

__device__ float sum_of_block(float sum) {
  __shared__ float partial[warps];
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  float total = 0;
#pragma unroll
  for (int i = 0; i < warps; ++i) total += partial[i];
  return total;
}

__global__ void __launch_bounds__(threads)
    rmsnorm(const uint4* input, const uint4* weight, uint4* output) {
  const int64_t place = static_cast<int64_t>(blockIdx.x) * (columns / 8) + threadIdx.x;
  float sum = 0;
#pragma unroll
  for (int i = 0; i < loads; ++i) {
    const uint4 x = input[place + i * threads];
    sum += square(x.x) + square(x.y) + (square(x.z) + square(x.w));
  }
  const float inverse_rms = rsqrtf(sum_of_block(sum) / columns + 1e-6f);

  uint4 x[loads], w[loads];
#pragma unroll
  for (int i = 0; i < loads; ++i) {
    x[i] = input[place + i * threads];
    w[i] = weight[threadIdx.x + i * threads];
  }
#pragma unroll
  for (int i = 0; i < loads; ++i)
    output[place + i * threads] =
        make_uint4(scaled(x[i].x, inverse_rms, w[i].x), scaled(x[i].y, inverse_rms, w[i].y),
                   scaled(x[i].z, inverse_rms, w[i].z), scaled(x[i].w, inverse_rms, w[i].w));
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const auto rows = static_cast<unsigned>(call->inputs[0].shape[0]);
  rmsnorm<<<rows, threads, 0, sdk::stream(*call)>>>(sdk::data<const uint4>(call->inputs[0]),
                                                    sdk::data<const uint4>(call->inputs[1]),
                                                    sdk::data<uint4>(call->outputs[0]));
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace
// EVOLVE-BLOCK-END

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "rmsnorm-vectorised-cuda",
    "rmsnorm_h7168",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA,
    nullptr,
    nullptr,
    run,
    nullptr};
