// y[i, j] = s[i] * x[i, j] on the CPU.
#include <fihost/candidate.hpp>

namespace {

using fihost::sdk::data;

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const fihost_tensor& x = call->inputs[0];  // [rows, columns] float32
  const auto* scale = data<const float>(call->inputs[1]);
  const auto* in = data<const float>(x);
  auto* out = data<float>(call->outputs[0]);
  if (x.ndim != 2) return fihost::sdk::fail(error, FIHOST_UNSUPPORTED, "only matrices");
  for (std::int64_t row = 0; row < x.shape[0]; ++row) {
    for (std::int64_t column = 0; column < x.shape[1]; ++column) {
      const std::int64_t at = row * x.shape[1] + column;
      out[at] = scale[row] * in[at];
    }
  }
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    .name = "row-scale-loop",
    .definition = "row_scale",
    .arch = nullptr,
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CPU,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
