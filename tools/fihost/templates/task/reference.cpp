// The definition on the CPU: plain, slow and obviously right. Candidates are compared with it.
#include <cstdint>
#include <fihost/candidate.hpp>

namespace {

constexpr std::int64_t columns = 1024;

fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  const auto* x = fihost::sdk::data<const float>(call->inputs[0]);
  const auto* scale = fihost::sdk::data<const float>(call->inputs[1]);
  auto* y = fihost::sdk::data<float>(call->outputs[0]);
  for (std::int64_t row = 0; row < call->inputs[0].shape[0]; ++row) {
    for (std::int64_t i = 0; i < columns; ++i) {
      const auto exact = static_cast<double>(x[row * columns + i]) * scale[i];
      y[row * columns + i] = static_cast<float>(exact);
    }
  }
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    .name = "@NAME@-reference",
    .definition = "@NAME@",
    .arch = nullptr,
    .role = FIHOST_ROLE_REFERENCE,
    .device_type = FIHOST_CPU,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
