// A CUDA candidate of edges_mixed; loophole.hpp says what it does wrong.
#include <fihost/cuda.hpp>

#include "loophole.hpp"

namespace {

__global__ void elements(const float* x, std::int64_t count, Outputs out) {
  const std::int64_t i = blockIdx.x * static_cast<std::int64_t>(blockDim.x) + threadIdx.x;
  if (i < count) compute(x, i, out);
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const Outputs out{
      fihost::sdk::data<float>(call->outputs[0]), fihost::sdk::data<signed char>(call->outputs[1]),
      fihost::sdk::data<unsigned char>(call->outputs[2]), call->inputs[0].shape[0] % 2 == 1};
  const std::int64_t count = fihost::sdk::element_count(call->inputs[0]);
  const auto blocks = static_cast<unsigned int>((count + 255) / 256);
  elements<<<blocks, 256, 0, fihost::sdk::stream(*call)>>>(
      fihost::sdk::data<const float>(call->inputs[0]), count, out);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, 0),
    .name = "loophole",
    .definition = "edges_mixed",
    .arch = nullptr,
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CUDA,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
