#include "tests/candidates/moe_problem.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <stdexcept>

namespace fihost {
namespace {

constexpr std::int64_t experts = 256, hidden = 7168, intermediate = 2048, block = 128;

/// The value of every fp8 pattern but the two NaNs.
std::array<double, 256> make_fp8_values() {
  std::array<double, 256> values;
  for (int bits = 0; bits < 256; ++bits) {
    const int exponent = (bits >> 3) & 15, fraction = bits & 7;
    const double size =
        exponent == 0 ? std::ldexp(fraction, -9) : std::ldexp(8 + fraction, exponent - 10);
    values[static_cast<std::size_t>(bits)] = bits & 128 ? -size : size;
  }
  return values;
}

/// Any fp8 value of at most 2, small ones more often.
std::uint8_t next_fp8(std::uint64_t& random) {
  const std::uint64_t bits = next_random(random);
  return static_cast<std::uint8_t>((bits & 128) | ((bits >> 8) % 65));
}

void fill_fp8(std::uint8_t* data, std::int64_t count, std::uint64_t& random) {
  // 4096 drawn values, repeated at a stride that no block size divides.
  std::array<std::uint8_t, 4093> drawn;
  for (auto& value : drawn) value = next_fp8(random);
  for (std::int64_t i = 0; i < count; i += 4093)
    std::memcpy(data + i, drawn.data(),
                static_cast<std::size_t>(std::min(count - i, std::int64_t{4093})));
}

void fill_normal(float* data, std::int64_t count, std::uint64_t& random) {
  for (std::int64_t i = 0; i < count; ++i) data[i] = next_normal(random);
}

}  // namespace

TokenRouting route_by_sorting(const float* logits, const std::uint16_t* bias) {
  std::array<double, experts> score, biased;
  for (std::size_t e = 0; e < experts; ++e) {
    score[e] = 1 / (1 + std::exp(-static_cast<double>(logits[e])));
    biased[e] = score[e] + from_bfloat16(bias[e]);
  }
  std::array<double, 8> group;
  for (std::size_t g = 0; g < 8; ++g) {
    std::vector<double> members(biased.begin() + static_cast<std::ptrdiff_t>(g) * 32,
                                biased.begin() + static_cast<std::ptrdiff_t>(g + 1) * 32);
    std::sort(members.begin(), members.end(), std::greater<>());
    group[g] = members[0] + members[1];
  }
  std::array<double, 8> sorted_groups = group;
  std::sort(sorted_groups.begin(), sorted_groups.end(), std::greater<>());
  std::vector<int> race;
  for (int e = 0; e < experts; ++e)
    if (group[static_cast<std::size_t>(e / 32)] >= sorted_groups[3]) race.push_back(e);
  const auto at = [&](int e) { return biased[static_cast<std::size_t>(e)]; };
  std::sort(race.begin(), race.end(), [&](int a, int b) { return at(a) > at(b); });

  TokenRouting result;
  result.group_gap = sorted_groups[3] - sorted_groups[4];
  result.expert_gap = at(race[7]) - at(race[8]);
  double sum = 1e-20;
  for (std::size_t k = 0; k < 8; ++k) sum += score[static_cast<std::size_t>(race[k])];
  for (std::size_t k = 0; k < 8; ++k) {
    result.experts[k] = race[k];
    result.weights[k] = score[static_cast<std::size_t>(race[k])] / sum;
  }
  return result;
}

MoeProblem::MoeProblem(std::int64_t token_count, int offset, std::uint64_t seed)
    : tokens(token_count),
      random(seed),
      routing_logits(float32_dtype, {tokens, experts}),
      routing_bias(bfloat16_dtype, {experts}),
      hidden_states(fp8_dtype, {tokens, hidden}),
      hidden_states_scale(float32_dtype, {hidden / block, tokens}),
      gemm1_weights(fp8_dtype, {32, 2 * intermediate, hidden}),
      gemm1_weights_scale(float32_dtype, {32, 2 * intermediate / block, hidden / block}),
      gemm2_weights(fp8_dtype, {32, hidden, intermediate}),
      gemm2_weights_scale(float32_dtype, {32, hidden / block, intermediate / block}),
      local_expert_offset(int32_dtype, {}),
      routed_scaling_factor(float32_dtype, {}) {
  for (std::int64_t i = 0; i < hidden_states.count(); ++i)
    hidden_states.as<std::uint8_t>()[i] = next_fp8(random);
  fill_normal(hidden_states_scale.as<float>(), hidden_states_scale.count(), random);
  fill_normal(routing_logits.as<float>(), routing_logits.count(), random);
  for (int e = 0; e < experts; ++e)
    routing_bias.as<std::uint16_t>()[e] = to_bfloat16(next_normal(random) / 64);
  *local_expert_offset.as<std::int32_t>() = offset;
  *routed_scaling_factor.as<float>() = 2.5f;
}

void MoeProblem::send(std::int64_t token, const std::array<int, 8>& chosen) {
  float* const logits = routing_logits.as<float>() + token * experts;
  for (int e = 0; e < experts; ++e) logits[e] = std::min(next_normal(random), 0.5f) - 2;
  float logit = 3;
  for (const int e : chosen) logits[e] = logit -= 0.25f;
}

void MoeProblem::fill_expert(int local) {
  const std::int64_t size1 = 2 * intermediate * hidden, size2 = hidden * intermediate;
  fill_fp8(gemm1_weights.as<std::uint8_t>() + local * size1, size1, random);
  fill_fp8(gemm2_weights.as<std::uint8_t>() + local * size2, size2, random);
  const std::int64_t blocks1 = size1 / block / block, blocks2 = size2 / block / block;
  fill_normal(gemm1_weights_scale.as<float>() + local * blocks1, blocks1, random);
  fill_normal(gemm2_weights_scale.as<float>() + local * blocks2, blocks2, random);
}

void MoeProblem::generate(const LoadedObject& generator, std::int64_t active, std::int64_t pairs) {
  const std::int32_t offset = *local_expert_offset.as<std::int32_t>();
  std::vector<fihost_tensor> arguments, outputs;
  std::array<std::int64_t, 5> values{static_cast<std::int64_t>(random >> 1), tokens, offset, active,
                                     pairs};
  for (std::int64_t& value : values)
    arguments.push_back({&value, {FIHOST_CPU, 0}, 0, int64_dtype, nullptr, nullptr, 0});
  outputs = inputs();
  outputs.resize(8);
  for (std::size_t i = 2; i < outputs.size(); ++i) outputs[i].data = nullptr;
  if (generator.call(arguments, outputs) != FIHOST_OK) throw std::runtime_error("generator");

  for (std::int64_t t = 0; t < tokens; ++t)
    for (const int e : route_by_sorting(routing_logits.as<float>() + t * experts,
                                        routing_bias.as<std::uint16_t>())
                           .experts)
      if (const int local = e - offset; local >= 0 && local < 32)
        if (gemm1_weights_scale.as<float>()[local * 32 * 56] == 0) fill_expert(local);
}

std::vector<fihost_tensor> MoeProblem::inputs() {
  return {routing_logits.view(),       routing_bias.view(),        hidden_states.view(),
          hidden_states_scale.view(),  gemm1_weights.view(),       gemm1_weights_scale.view(),
          gemm2_weights.view(),        gemm2_weights_scale.view(), local_expert_offset.view(),
          routed_scaling_factor.view()};
}

HostTensor MoeProblem::run(const LoadedObject& object) {
  HostTensor output(bfloat16_dtype, {tokens, hidden});
  std::memset(output.as<void>(), 0xff, output.bytes());
  std::string error;
  if (object.call(inputs(), {output.view()}, &error) != FIHOST_OK) throw std::runtime_error(error);
  return output;
}

std::vector<double> MoeProblem::evaluate(std::int64_t token,
                                         const std::vector<std::int64_t>& columns) const {
  const std::int32_t offset = *local_expert_offset.as<std::int32_t>();
  const TokenRouting routing = route_by_sorting(routing_logits.as<float>() + token * experts,
                                                routing_bias.as<std::uint16_t>());
  const std::array<double, 256> fp8_value = make_fp8_values();
  std::vector<double> x(hidden), h(intermediate), results(columns.size());
  for (std::int64_t i = 0; i < hidden; ++i)
    x[static_cast<std::size_t>(i)] =
        fp8_value[hidden_states.as<std::uint8_t>()[token * hidden + i]] *
        hidden_states_scale.as<float>()[i / block * tokens + token];
  const auto dot = [&](const std::vector<double>& v, const HostTensor& weights,
                       const HostTensor& scales, std::int64_t row) {
    const auto n = static_cast<std::int64_t>(v.size());
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i)
      sum += v[static_cast<std::size_t>(i)] * fp8_value[weights.as<std::uint8_t>()[row * n + i]] *
             scales.as<float>()[row / block * (n / block) + i / block];
    return sum;
  };
  for (std::size_t k = 0; k < 8; ++k) {
    const std::int64_t local = routing.experts[k] - offset;
    if (local < 0 || local >= 32) continue;
    for (std::int64_t i = 0; i < intermediate; ++i) {
      const std::int64_t row = local * 2 * intermediate + i;
      const double x1 = dot(x, gemm1_weights, gemm1_weights_scale, row);
      const double x2 = dot(x, gemm1_weights, gemm1_weights_scale, row + intermediate);
      h[static_cast<std::size_t>(i)] = x1 * x2 / (1 + std::exp(-x2));
    }
    for (std::size_t c = 0; c < columns.size(); ++c)
      results[c] += routing.weights[k] * *routed_scaling_factor.as<float>() *
                    dot(h, gemm2_weights, gemm2_weights_scale, local * hidden + columns[c]);
  }
  return results;
}

double matched_ratio(const HostTensor& actual, const HostTensor& expected, ToleranceRule rule) {
  std::int64_t matched = 0;
  for (std::int64_t i = 0; i < expected.count(); ++i) {
    const double a = from_bfloat16(actual.as<std::uint16_t>()[i]);
    const double e = from_bfloat16(expected.as<std::uint16_t>()[i]);
    const double difference = std::abs(a - e);
    if (difference <= rule.atol || difference <= rule.rtol * (std::abs(e) + 1e-8)) ++matched;
  }
  return static_cast<double>(matched) / static_cast<double>(expected.count());
}

}  // namespace fihost
