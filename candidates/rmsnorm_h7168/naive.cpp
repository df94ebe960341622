// RMSNorm on one CPU core: two passes over a row, one element at a time.
//
// 14 KB read (the second pass and the weights come from the cache) and 14 KB written a row. Bound by
// the chain of additions in the first pass: one element per 4 cycles.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fihost/candidate.hpp>

namespace {

constexpr int columns = 7168;

float widen(std::uint16_t bits) {
  const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

std::uint16_t narrow(float value) {
  std::uint32_t word;
  std::memcpy(&word, &value, sizeof word);
  return static_cast<std::uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
}

fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  const auto* x = fihost::sdk::data<const std::uint16_t>(call->inputs[0]);
  const auto* weight = fihost::sdk::data<const std::uint16_t>(call->inputs[1]);
  auto* y = fihost::sdk::data<std::uint16_t>(call->outputs[0]);
  for (std::int64_t row = 0; row < call->inputs[0].shape[0]; ++row, x += columns, y += columns) {
    float sum = 0;
    for (int i = 0; i < columns; ++i) sum += widen(x[i]) * widen(x[i]);
    const float inverse_rms = 1 / std::sqrt(sum / columns + 1e-6f);
    for (int i = 0; i < columns; ++i) y[i] = narrow(widen(x[i]) * inverse_rms * widen(weight[i]));
  }
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    "rmsnorm-naive",
    "rmsnorm_h7168",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CPU,
    nullptr,
    nullptr,
    run,
    nullptr};
