// The definition, step by step, in float32 on the CPU.
//
// Weights are dequantised row by row through a table of the 256 fp8 values, and each row is
// multiplied with every token of its expert before the next one is read. The expert's intermediate
// stays float32. Bound by the dot products: 2 * 44 040 192 flop a (token, local expert) pair.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fihost/candidate.hpp>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace sdk = fihost::sdk;

constexpr std::int64_t experts = 256, groups = 8, group_size = 32, kept_groups = 4, top_k = 8;
constexpr std::int64_t local_experts = 32, hidden = 7168, intermediate = 2048, block = 128;
constexpr std::int64_t hidden_blocks = hidden / block;
constexpr std::int64_t intermediate_blocks = intermediate / block;

/// All fp8 e4m3 values by their bits: sign, 4 exponent bits with bias 7, 3 fraction bits.
constexpr std::array<float, 256> make_fp8_values() {
  std::array<float, 256> values{};
  for (unsigned bits = 0; bits < 256; ++bits) {
    const unsigned exponent = (bits >> 3) & 15u, fraction = bits & 7u;
    float value =
        exponent == 0 ? static_cast<float>(fraction) / 8 * 2 : 1 + static_cast<float>(fraction) / 8;
    for (unsigned e = exponent; e < 7; ++e) value /= 2;
    for (unsigned e = 7; e < exponent; ++e) value *= 2;
    if (exponent == 15 && fraction == 7) value = std::numeric_limits<float>::quiet_NaN();
    values[bits] = (bits & 128u) != 0 ? -value : value;
  }
  return values;
}
constexpr std::array<float, 256> fp8_values = make_fp8_values();

float from_bfloat16(std::uint16_t bits) {
  const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16;
  float value = 0;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

std::uint16_t to_bfloat16(float value) {
  if (std::isnan(value)) return 0x7fc0;
  std::uint32_t word = 0;
  std::memcpy(&word, &value, sizeof word);
  return static_cast<std::uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
}

struct Inputs {
  explicit Inputs(const fihost_call& call)
      : tokens(call.inputs[0].shape[0]),
        routing_logits(sdk::data<const float>(call.inputs[0])),
        routing_bias(sdk::data<const std::uint16_t>(call.inputs[1])),
        hidden_states(sdk::data<const std::uint8_t>(call.inputs[2])),
        hidden_states_scale(sdk::data<const float>(call.inputs[3])),
        gemm1_weights(sdk::data<const std::uint8_t>(call.inputs[4])),
        gemm1_weights_scale(sdk::data<const float>(call.inputs[5])),
        gemm2_weights(sdk::data<const std::uint8_t>(call.inputs[6])),
        gemm2_weights_scale(sdk::data<const float>(call.inputs[7])),
        local_expert_offset(sdk::scalar<std::int32_t>(call.inputs[8])),
        routed_scaling_factor(sdk::scalar<float>(call.inputs[9])) {}

  std::int64_t tokens;
  const float* routing_logits;        ///< [tokens, experts]
  const std::uint16_t* routing_bias;  ///< [experts]
  const std::uint8_t* hidden_states;  ///< [tokens, hidden]
  const float* hidden_states_scale;   ///< [hidden_blocks, tokens]
  const std::uint8_t* gemm1_weights;  ///< [local_experts, 2 * intermediate, hidden]
  const float* gemm1_weights_scale;   ///< one per 128x128 block
  const std::uint8_t* gemm2_weights;  ///< [local_experts, hidden, intermediate]
  const float* gemm2_weights_scale;   ///< one per 128x128 block
  std::int64_t local_expert_offset;
  float routed_scaling_factor;
};

/// Parts of the workspace; all that grows with the number of tokens lives there.
struct Scratch {
  Scratch(void* workspace, std::int64_t tokens)
      : x(static_cast<float*>(workspace)),
        sum(x + tokens * hidden),
        h(sum + tokens * hidden),
        weight(h + tokens * intermediate),
        expert(reinterpret_cast<std::int32_t*>(weight + tokens * top_k)),
        pair(expert + tokens * top_k) {}
  static std::uint64_t bytes(std::int64_t tokens) {
    return static_cast<std::uint64_t>(tokens * (2 * hidden + intermediate + 2 * top_k + 1)) * 4;
  }

  float* x;              ///< [tokens, hidden] dequantised tokens
  float* sum;            ///< [tokens, hidden] the output before rounding
  float* h;              ///< [pairs of one expert, intermediate]
  float* weight;         ///< [tokens, top_k]
  std::int32_t* expert;  ///< [tokens, top_k] global numbers
  std::int32_t* pair;    ///< [pairs of one expert] token * top_k + k
};

/// Call work(begin, end) on parts of [0, count), one thread each; returns when all are done.
template <typename Work>
void in_parallel(std::int64_t count, const Work& work) {
  const std::int64_t parts = std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, 64);
  const auto part = [&](std::int64_t i) { work(count * i / parts, count * (i + 1) / parts); };
  std::vector<std::jthread> threads;
  std::int64_t started = 1;
  try {
    for (; started < parts; ++started) threads.emplace_back(part, started);
  } catch (const std::system_error&) {  // no more threads: this one does the rest
  }
  part(0);
  for (; started < parts; ++started) part(started);
}

/// Sixteen running sums, so that the compiler may use vector registers.
float dot(const float* a, const float* b, std::int64_t n) {
  float lane[16] = {};
  for (std::int64_t i = 0; i < n; i += 16)
    for (std::int64_t j = 0; j < 16; ++j) lane[j] += a[i + j] * b[i + j];
  float sum = 0;
  for (const float value : lane) sum += value;
  return sum;
}

/// out[0..n) = one row of weights, `scale` holding one factor per 128 columns.
void dequantise(const std::uint8_t* row, const float* scale, std::int64_t n, float* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = fp8_values[row[i]] * scale[i / block];
}

void route_token(const Inputs& in, std::int64_t t, std::int32_t* expert, float* weight) {
  constexpr float out_of_race = -std::numeric_limits<float>::infinity();
  std::array<float, experts> score, biased;
  for (std::size_t e = 0; e < experts; ++e) {
    score[e] = 1 / (1 + std::exp(-in.routing_logits[t * experts + static_cast<std::int64_t>(e)]));
    biased[e] = score[e] + from_bfloat16(in.routing_bias[e]);
  }

  std::array<float, groups> group_score;
  for (std::size_t g = 0; g < groups; ++g) {
    float best = out_of_race, second = out_of_race;
    for (std::size_t e = g * group_size; e < (g + 1) * group_size; ++e) {
      if (biased[e] > best)
        second = std::exchange(best, biased[e]);
      else if (biased[e] > second)
        second = biased[e];
    }
    group_score[g] = best + second;
  }
  std::array<float, experts> race;
  race.fill(out_of_race);
  for (std::int64_t kept = 0; kept < kept_groups; ++kept) {
    const auto best = std::max_element(group_score.begin(), group_score.end());
    const std::ptrdiff_t first = (best - group_score.begin()) * group_size;
    std::copy_n(biased.begin() + first, group_size, race.begin() + first);
    *best = out_of_race;
  }

  float sum = 0;
  for (std::int64_t k = 0; k < top_k; ++k) {
    const auto best = std::max_element(race.begin(), race.end());
    expert[k] = static_cast<std::int32_t>(best - race.begin());
    weight[k] = score[static_cast<std::size_t>(expert[k])];
    sum += weight[k];
    *best = out_of_race;
  }
  for (std::int64_t k = 0; k < top_k; ++k)
    weight[k] = weight[k] / (sum + 1e-20f) * in.routed_scaling_factor;
}

/// Route and dequantise every token, and clear the sums.
void prepare_tokens(const Inputs& in, const Scratch& s) {
  in_parallel(in.tokens, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      route_token(in, t, s.expert + t * top_k, s.weight + t * top_k);
      for (std::int64_t i = 0; i < hidden; ++i)
        s.x[t * hidden + i] = fp8_values[in.hidden_states[t * hidden + i]] *
                              in.hidden_states_scale[i / block * in.tokens + t];
      std::fill_n(s.sum + t * hidden, hidden, 0.0f);
    }
  });
}

/// h = (x . linear half) * silu(x . gated half) for the expert's `pairs` pairs.
void first_gemm(const Inputs& in, const Scratch& s, std::int64_t local, std::int64_t pairs) {
  const auto weights = [&](std::int64_t row, float* out) {
    row += local * 2 * intermediate;
    dequantise(in.gemm1_weights + row * hidden,
               in.gemm1_weights_scale + row / block * hidden_blocks, hidden, out);
  };
  in_parallel(intermediate, [&](std::int64_t begin, std::int64_t end) {
    std::array<float, hidden> linear, gated;
    for (std::int64_t row = begin; row < end; ++row) {
      weights(row, linear.data());
      weights(row + intermediate, gated.data());
      for (std::int64_t i = 0; i < pairs; ++i) {
        const float* x = s.x + s.pair[i] / top_k * hidden;
        const float x1 = dot(x, linear.data(), hidden), x2 = dot(x, gated.data(), hidden);
        s.h[i * intermediate + row] = x1 * x2 / (1 + std::exp(-x2));
      }
    }
  });
}

/// Add weight * (h . W2) to the sums of the pairs' tokens.
void second_gemm(const Inputs& in, const Scratch& s, std::int64_t local, std::int64_t pairs) {
  in_parallel(hidden, [&](std::int64_t begin, std::int64_t end) {
    std::array<float, intermediate> weights;
    for (std::int64_t column = begin; column < end; ++column) {
      const std::int64_t row = local * hidden + column;
      dequantise(in.gemm2_weights + row * intermediate,
                 in.gemm2_weights_scale + row / block * intermediate_blocks, intermediate,
                 weights.data());
      for (std::int64_t i = 0; i < pairs; ++i)
        s.sum[s.pair[i] / top_k * hidden + column] +=
            s.weight[s.pair[i]] * dot(s.h + i * intermediate, weights.data(), intermediate);
    }
  });
}

fihost_status workspace_size(const fihost_call* call, std::uint64_t* bytes,
                             const fihost_sink*) noexcept {
  *bytes = Scratch::bytes(call->inputs[0].shape[0]);
  return FIHOST_OK;
}

fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  const Inputs in(*call);
  const Scratch s(call->workspace, in.tokens);
  prepare_tokens(in, s);
  for (std::int64_t local = 0; local < local_experts; ++local) {
    std::int64_t pairs = 0;
    for (std::int32_t p = 0; p < in.tokens * top_k; ++p)
      if (s.expert[p] == in.local_expert_offset + local) s.pair[pairs++] = p;
    if (pairs == 0) continue;
    first_gemm(in, s, local, pairs);
    second_gemm(in, s, local, pairs);
  }
  auto* const output = sdk::data<std::uint16_t>(call->outputs[0]);
  for (std::int64_t i = 0; i < in.tokens * hidden; ++i) output[i] = to_bfloat16(s.sum[i]);
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    "moe-reference",
    "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048",
    nullptr,
    FIHOST_ROLE_REFERENCE,
    FIHOST_CPU,
    workspace_size,
    nullptr,
    run,
    nullptr};
