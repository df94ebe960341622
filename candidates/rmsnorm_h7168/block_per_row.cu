// RMSNorm with one block a row, the row in registers.
//
// 896 threads hold eight elements each, so the row is read once, 16 bytes a thread, and the sum of
// squares goes through warp shuffles and 28 values in shared memory. The weights are requested
// before the reduction to hide their latency. 28 KB from and to memory a row: bound by memory
// bandwidth for large batches, by the latency of one read and one reduction for small ones.
#include <cuda_bf16.h>

#include <cstdint>
#include <fihost/cuda.hpp>

namespace {

namespace sdk = fihost::sdk;

constexpr int columns = 7168, per_thread = 8, threads = columns / per_thread, warps = threads / 32;

__global__ void __launch_bounds__(threads)
    rmsnorm(const uint4* input, const uint4* weight, uint4* output) {
  __shared__ float partial[warps];
  const int64_t place = static_cast<int64_t>(blockIdx.x) * threads + threadIdx.x;
  const uint4 x_bits = input[place], w_bits = weight[threadIdx.x];
  const auto* const x = reinterpret_cast<const __nv_bfloat162*>(&x_bits);
  const auto* const w = reinterpret_cast<const __nv_bfloat162*>(&w_bits);

  float sum = 0;
#pragma unroll
  for (int i = 0; i < per_thread / 2; ++i) {
    const float2 pair = __bfloat1622float2(x[i]);
    sum += pair.x * pair.x + pair.y * pair.y;
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

  uint4 y_bits;
  auto* const y = reinterpret_cast<__nv_bfloat162*>(&y_bits);
#pragma unroll
  for (int i = 0; i < per_thread / 2; ++i) {
    const float2 a = __bfloat1622float2(x[i]), b = __bfloat1622float2(w[i]);
    y[i] = __floats2bfloat162_rn(a.x * inverse_rms * b.x, a.y * inverse_rms * b.y);
  }
  output[place] = y_bits;
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

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "rmsnorm-block-per-row",
    "rmsnorm_h7168",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA,
    nullptr,
    nullptr,
    run,
    nullptr};
