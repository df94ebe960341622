// A CPU candidate of edges_mixed; loophole.hpp says what it does wrong.
#include "loophole.hpp"

#include <fihost/candidate.hpp>

namespace {

fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  const auto* x = fihost::sdk::data<const float>(call->inputs[0]);
  const Outputs out{
      fihost::sdk::data<float>(call->outputs[0]), fihost::sdk::data<signed char>(call->outputs[1]),
      fihost::sdk::data<unsigned char>(call->outputs[2]), call->inputs[0].shape[0] % 2 == 1};
  const std::int64_t count = fihost::sdk::element_count(call->inputs[0]);
  for (std::int64_t i = 0; i < count; ++i) compute(x, i, out);
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, 0),
    .name = "loophole",
    .definition = "edges_mixed",
    .arch = nullptr,
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CPU,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
