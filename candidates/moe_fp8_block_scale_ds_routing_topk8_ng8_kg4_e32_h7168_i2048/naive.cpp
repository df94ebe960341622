// MoE on one CPU core, straight from the definition.
//
// For every token: route it, then for each of its local experts compute the 2048 intermediate values
// and add the 7168 results to the token's sum. Nothing is grouped by expert, so each (token, expert)
// pair reads the expert's 44 MB of weights again. Bound by the scalar loop that decodes fp8 and
// multiplies: about one element per nanosecond.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fihost/candidate.hpp>

namespace {

namespace sdk = fihost::sdk;

constexpr int experts = 256, local_experts = 32, hidden = 7168, intermediate = 2048, block = 128;

/// A float with the given upper bits: fp8 and bfloat16 differ from float32 in width only.
float float_of_bits(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

float decode_fp8(std::uint8_t bits) {
  const std::uint32_t sign = (bits & 0x80u) << 24, rest = bits & 0x7fu;
  if (rest < 8) return float_of_bits(sign | 0x3f800000u) * static_cast<float>(rest) / 512;
  return float_of_bits(sign | ((rest << 20) + (120u << 23)));
}

std::uint16_t round_to_bfloat16(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

struct Choice {
  int expert[8];
  float weight[8];
};

Choice route(const float* logits, const std::uint16_t* bias, float factor) {
  float score[experts], biased[experts], group[8] = {};
  for (int e = 0; e < experts; ++e) {
    score[e] = 1 / (1 + std::exp(-logits[e]));
    biased[e] = score[e] + float_of_bits(static_cast<std::uint32_t>(bias[e]) << 16);
  }
  for (int g = 0; g < 8; ++g) {
    float first = -INFINITY, second = -INFINITY;
    for (int e = g * 32; e < g * 32 + 32; ++e) {
      second = std::fmax(second, std::fmin(first, biased[e]));
      first = std::fmax(first, biased[e]);
    }
    group[g] = first + second;
  }
  bool kept[8] = {};
  for (int round = 0; round < 4; ++round) {
    int best = -1;
    for (int g = 0; g < 8; ++g)
      if (!kept[g] && (best < 0 || group[g] > group[best])) best = g;
    kept[best] = true;
  }
  Choice choice;
  float sum = 1e-20f;
  for (int k = 0; k < 8; ++k) {
    int best = -1;
    for (int e = 0; e < experts; ++e)
      if (kept[e / 32] && (best < 0 || biased[e] > biased[best])) best = e;
    choice.expert[k] = best;
    choice.weight[k] = score[best];
    sum += score[best];
    biased[best] = -INFINITY;
  }
  for (float& weight : choice.weight) weight = weight / sum * factor;
  return choice;
}

/// x . row of an fp8 matrix with one scale per 128 columns.
float dot(const float* x, const std::uint8_t* row, const float* scale, int n) {
  float sum = 0;
  for (int begin = 0; begin < n; begin += block) {
    float part = 0;
    for (int i = begin; i < begin + block; ++i) part += x[i] * decode_fp8(row[i]);
    sum += part * scale[begin / block];
  }
  return sum;
}

/// sum += weight * (expert(x)).
void add_expert(const fihost_call& call, std::int64_t local, const float* x, float weight,
                float* sum) {
  const auto* w13 = sdk::data<const std::uint8_t>(call.inputs[4]) + local * 4096 * hidden;
  const auto* w13_scale = sdk::data<const float>(call.inputs[5]) + local * 32 * 56;
  const auto* w2 = sdk::data<const std::uint8_t>(call.inputs[6]) + local * hidden * intermediate;
  const auto* w2_scale = sdk::data<const float>(call.inputs[7]) + local * 56 * 16;
  float h[intermediate];
  for (int i = 0; i < intermediate; ++i) {
    const int j = i + intermediate;
    const float x1 = dot(x, w13 + i * hidden, w13_scale + i / block * 56, hidden);
    const float x2 = dot(x, w13 + j * hidden, w13_scale + j / block * 56, hidden);
    h[i] = x1 * x2 / (1 + std::exp(-x2));
  }
  for (int i = 0; i < hidden; ++i)
    sum[i] += weight * dot(h, w2 + i * intermediate, w2_scale + i / block * 16, intermediate);
}

fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  const fihost_tensor* in = call->inputs;
  const std::int64_t tokens = in[0].shape[0];
  const auto offset = sdk::scalar<std::int32_t>(in[8]);
  for (std::int64_t t = 0; t < tokens; ++t) {
    const Choice choice = route(sdk::data<const float>(in[0]) + t * experts,
                                sdk::data<const std::uint16_t>(in[1]), sdk::scalar<float>(in[9]));
    float x[hidden], sum[hidden] = {};
    for (int i = 0; i < hidden; ++i)
      x[i] = decode_fp8(sdk::data<const std::uint8_t>(in[2])[t * hidden + i]) *
             sdk::data<const float>(in[3])[i / block * tokens + t];
    for (int k = 0; k < 8; ++k) {
      const int local = choice.expert[k] - offset;
      if (local >= 0 && local < local_experts) add_expert(*call, local, x, choice.weight[k], sum);
    }
    for (int i = 0; i < hidden; ++i)
      sdk::data<std::uint16_t>(call->outputs[0])[t * hidden + i] = round_to_bfloat16(sum[i]);
  }
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    "moe-naive",
    "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CPU,
    nullptr,
    nullptr,
    run,
    nullptr};
