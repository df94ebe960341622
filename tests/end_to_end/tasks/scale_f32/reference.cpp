// y = factor * x, one element after the other.
#include <fihost/candidate.hpp>

namespace {

fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  const auto* x = fihost::sdk::data<const float>(call->inputs[0]);
  const float factor = fihost::sdk::scalar<float>(call->inputs[1]);
  auto* y = fihost::sdk::data<float>(call->outputs[0]);
  const std::int64_t count = fihost::sdk::element_count(call->inputs[0]);
  for (std::int64_t i = 0; i < count; ++i) y[i] = factor * x[i];
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    .name = "scale-reference",
    .definition = "scale_f32",
    .arch = nullptr,
    .role = FIHOST_ROLE_REFERENCE,
    .device_type = FIHOST_CPU,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
