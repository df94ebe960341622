// The definition on the CPU: one row after the other, the sum of squares in double.
//
// 28 KB are read and 14 KB written a row; bound by the scalar loops.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fihost/candidate.hpp>

namespace {

constexpr std::int64_t columns = 7168;
constexpr double epsilon = 1e-6;

float from_bfloat16(std::uint16_t bits) {
  const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16;
  float value = 0;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

/// Nearest, ties to even.
std::uint16_t to_bfloat16(float value) {
  if (std::isnan(value)) return 0x7fc0;
  std::uint32_t word = 0;
  std::memcpy(&word, &value, sizeof word);
  return static_cast<std::uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
}

fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  const std::int64_t rows = call->inputs[0].shape[0];
  const auto* weight = fihost::sdk::data<const std::uint16_t>(call->inputs[1]);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto* x = fihost::sdk::data<const std::uint16_t>(call->inputs[0]) + row * columns;
    auto* const y = fihost::sdk::data<std::uint16_t>(call->outputs[0]) + row * columns;
    double sum = 0;
    for (std::int64_t i = 0; i < columns; ++i)
      sum += static_cast<double>(from_bfloat16(x[i])) * from_bfloat16(x[i]);
    const auto inverse_rms = static_cast<float>(1 / std::sqrt(sum / columns + epsilon));
    for (std::int64_t i = 0; i < columns; ++i)
      y[i] = to_bfloat16(from_bfloat16(x[i]) * inverse_rms * from_bfloat16(weight[i]));
  }
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    "rmsnorm-reference",
    "rmsnorm_h7168",
    nullptr,
    FIHOST_ROLE_REFERENCE,
    FIHOST_CPU,
    nullptr,
    nullptr,
    run,
    nullptr};
