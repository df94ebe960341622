// y = factor * x, one thread an element.
#include <fihost/cuda.hpp>

namespace {

__global__ void scale(const float* x, float factor, float* y, std::int64_t count) {
  const std::int64_t i = blockIdx.x * static_cast<std::int64_t>(blockDim.x) + threadIdx.x;
  if (i < count) y[i] = factor * x[i];
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const std::int64_t count = fihost::sdk::element_count(call->inputs[0]);
  const auto blocks = static_cast<unsigned int>((count + 255) / 256);
  scale<<<blocks, 256, 0, fihost::sdk::stream(*call)>>>(
      fihost::sdk::data<const float>(call->inputs[0]), fihost::sdk::scalar<float>(call->inputs[1]),
      fihost::sdk::data<float>(call->outputs[0]), count);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    .name = "scale-reference",
    .definition = "scale_f32",
    .arch = nullptr,
    .role = FIHOST_ROLE_REFERENCE,
    .device_type = FIHOST_CUDA,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
