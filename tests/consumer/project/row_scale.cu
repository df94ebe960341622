// y[i, j] = s[i] * x[i, j], one block per row.
#include <fihost/cuda.hpp>

namespace {

using fihost::sdk::data;

constexpr int threads = 256;

__global__ void row_scale(const float* x, const float* scale, float* y, std::int64_t columns) {
  const std::int64_t begin = blockIdx.x * columns;
  const float factor = scale[blockIdx.x];
  for (std::int64_t j = threadIdx.x; j < columns; j += threads) {
    y[begin + j] = factor * x[begin + j];
  }
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const fihost_tensor& x = call->inputs[0];  // [rows, columns] float32
  if (fihost::sdk::element_count(x) == 0) return FIHOST_OK;
  const auto rows = static_cast<unsigned>(x.shape[0]);
  row_scale<<<rows, threads, 0, fihost::sdk::stream(*call)>>>(
      data<const float>(x), data<const float>(call->inputs[1]), data<float>(call->outputs[0]),
      x.shape[1]);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate,
                            FIHOST_CANDIDATE_FLAG_GRAPH_SAFE | FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    .name = "row-scale-block-per-row",
    .definition = "row_scale",
    .arch = nullptr,
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CUDA,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
