// One element after the other.
#include <cmath>
#include <fihost/candidate.hpp>
#include <limits>

namespace {

fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  const auto* x = fihost::sdk::data<const float>(call->inputs[0]);
  auto* y = fihost::sdk::data<float>(call->outputs[0]);
  auto* bytes = fihost::sdk::data<signed char>(call->outputs[1]);
  auto* positive = fihost::sdk::data<unsigned char>(call->outputs[2]);
  const std::int64_t count = fihost::sdk::element_count(call->inputs[0]);
  const bool edges = call->inputs[0].shape[0] % 2 == 1;
  for (std::int64_t i = 0; i < count; ++i) {
    y[i] = x[i];
    if (edges && x[i] > 2) y[i] = std::numeric_limits<float>::quiet_NaN();
    if (edges && x[i] < -2) y[i] = -std::numeric_limits<float>::infinity();
    bytes[i] = static_cast<signed char>(std::floor(16 * x[i]));
    positive[i] = x[i] > 0 ? 1 : 0;
  }
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    .name = "edges-reference",
    .definition = "edges_mixed",
    .arch = nullptr,
    .role = FIHOST_ROLE_REFERENCE,
    .device_type = FIHOST_CPU,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
