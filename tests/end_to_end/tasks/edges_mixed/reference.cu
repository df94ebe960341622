// One thread an element.
#include <cmath>
#include <fihost/cuda.hpp>

namespace {

__global__ void elements(const float* x, float* y, signed char* bytes, unsigned char* positive,
                         std::int64_t count, bool edges) {
  const std::int64_t i = blockIdx.x * static_cast<std::int64_t>(blockDim.x) + threadIdx.x;
  if (i >= count) return;
  y[i] = x[i];
  if (edges && x[i] > 2) y[i] = NAN;
  if (edges && x[i] < -2) y[i] = -INFINITY;
  bytes[i] = static_cast<signed char>(floorf(16 * x[i]));
  positive[i] = x[i] > 0 ? 1 : 0;
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const std::int64_t count = fihost::sdk::element_count(call->inputs[0]);
  const auto blocks = static_cast<unsigned int>((count + 255) / 256);
  elements<<<blocks, 256, 0, fihost::sdk::stream(*call)>>>(
      fihost::sdk::data<const float>(call->inputs[0]), fihost::sdk::data<float>(call->outputs[0]),
      fihost::sdk::data<signed char>(call->outputs[1]),
      fihost::sdk::data<unsigned char>(call->outputs[2]), count, call->inputs[0].shape[0] % 2 == 1);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    .name = "edges-reference",
    .definition = "edges_mixed",
    .arch = nullptr,
    .role = FIHOST_ROLE_REFERENCE,
    .device_type = FIHOST_CUDA,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
