// RMSNorm with one warp a row, one element a lane at a time.
//
// A row is read twice (the second time from the L1 or L2 cache) and written once: 28 KB from and to
// memory. Bound by latency: a warp has one 64-byte read under way, and a small batch leaves most of
// the GPU idle.
#include <cuda_bf16.h>

#include <cstdint>
#include <fihost/cuda.hpp>

namespace {

namespace sdk = fihost::sdk;

constexpr int columns = 7168, warps = 4;

__global__ void rmsnorm(const __nv_bfloat16* input, const __nv_bfloat16* weight,
                        __nv_bfloat16* output, int rows) {
  const int row = blockIdx.x * warps + threadIdx.x / 32, lane = threadIdx.x % 32;
  if (row >= rows) return;
  const __nv_bfloat16* const x = input + static_cast<int64_t>(row) * columns;
  __nv_bfloat16* const y = output + static_cast<int64_t>(row) * columns;
  float sum = 0;
  for (int i = lane; i < columns; i += 32) {
    const float value = __bfloat162float(x[i]);
    sum += value * value;
  }
  for (int distance = 16; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  const float inverse_rms = 1 / sqrtf(sum / columns + 1e-6f);
  for (int i = lane; i < columns; i += 32)
    y[i] = __float2bfloat16_rn(__bfloat162float(x[i]) * inverse_rms * __bfloat162float(weight[i]));
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const auto rows = static_cast<int>(call->inputs[0].shape[0]);
  rmsnorm<<<static_cast<unsigned>((rows + warps - 1) / warps), warps * 32, 0, sdk::stream(*call)>>>(
      sdk::data<const __nv_bfloat16>(call->inputs[0]),
      sdk::data<const __nv_bfloat16>(call->inputs[1]), sdk::data<__nv_bfloat16>(call->outputs[0]),
      rows);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate,
                  FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    "rmsnorm-naive-cuda",
    "rmsnorm_h7168",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA,
    nullptr,
    nullptr,
    run,
    nullptr};
