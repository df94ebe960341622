// The definition on a GPU, one block a row: plain and obviously right.
#include <cstdint>
#include <fihost/cuda.hpp>

namespace {

constexpr int columns = 1024, threads = 256;

__global__ void scale_rows(const float* x, const float* scale, float* y) {
  const std::int64_t begin = static_cast<std::int64_t>(blockIdx.x) * columns;
  for (int i = threadIdx.x; i < columns; i += threads) {
    y[begin + i] = static_cast<float>(static_cast<double>(x[begin + i]) * scale[i]);
  }
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const auto rows = static_cast<unsigned>(call->inputs[0].shape[0]);
  scale_rows<<<rows, threads, 0, fihost::sdk::stream(*call)>>>(
      fihost::sdk::data<const float>(call->inputs[0]),
      fihost::sdk::data<const float>(call->inputs[1]), fihost::sdk::data<float>(call->outputs[0]));
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate,
                            FIHOST_CANDIDATE_FLAG_DETERMINISTIC | FIHOST_CANDIDATE_FLAG_GRAPH_SAFE),
    .name = "@NAME@-reference-cuda",
    .definition = "@NAME@",
    .arch = nullptr,
    .role = FIHOST_ROLE_REFERENCE,
    .device_type = FIHOST_CUDA,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
