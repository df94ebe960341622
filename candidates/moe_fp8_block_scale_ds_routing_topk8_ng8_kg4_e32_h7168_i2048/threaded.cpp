// MoE on all CPU cores, grouped by expert.
//
// Every expert's tokens are gathered, so its 44 MB of fp8 weights are read once. The rows of a weight
// matrix are shared out among threads; each row is decoded once, in vector registers, into a float
// row that stays in the L1 cache, and is then multiplied with four tokens at a time.
// Bytes moved: active experts * 44 MB. Bound by decoding the weights while an expert has one or two
// tokens, by multiply-adds above that.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fihost/candidate.hpp>
#include <functional>
#include <new>
#include <system_error>
#include <thread>
#include <vector>
#if defined(__F16C__) && defined(__AVX2__)
#include <immintrin.h>
#endif

namespace {

namespace sdk = fihost::sdk;

constexpr int experts = 256, groups = 8, group_size = 32, top_k = 8, local_experts = 32;
constexpr int hidden = 7168, intermediate = 2048, block = 128;
// Of a vector register: sums of longer vectors would live in memory.
#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif

#if defined(__F16C__) && defined(__AVX2__)
/// out[0..n) = decoded row of weights; one scale per 128 columns. Shifted by 7, an fp8 value is the
/// float16 of value / 256, subnormals too, and the processor widens that.
void decode_row(const std::uint8_t* __restrict__ row, const float* __restrict__ scale, int n,
                float* __restrict__ out) {
  const __m256i sign_and_rest = _mm256_set1_epi16(static_cast<short>(0xbf80));
  for (int begin = 0; begin < n; begin += block) {
    const __m256 factor = _mm256_set1_ps(scale[begin / block] * 256);
    for (int i = begin; i < begin + block; i += 16) {
      const __m256i words =
          _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row + i)));
      const __m256i halves = _mm256_and_si256(_mm256_slli_epi16(words, 7), sign_and_rest);
      const __m256 low = _mm256_cvtph_ps(_mm256_castsi256_si128(halves));
      const __m256 high = _mm256_cvtph_ps(_mm256_extracti128_si256(halves, 1));
      _mm256_storeu_ps(out + i, _mm256_mul_ps(low, factor));
      _mm256_storeu_ps(out + i + 8, _mm256_mul_ps(high, factor));
    }
  }
}
#else
/// out[0..n) = decoded row of weights; one scale per 128 columns. Free of branches, so that the
/// compiler turns it into vector code.
void decode_row(const std::uint8_t* __restrict__ row, const float* __restrict__ scale, int n,
                float* __restrict__ out) {
  for (int begin = 0; begin < n; begin += block) {
    const float factor = scale[begin / block];
    for (int i = begin; i < begin + block; ++i) {
      const std::int32_t bits = row[i], rest = bits & 0x7f;
      // A normal number gets float32's exponent bias; a subnormal is an integer times 2^-9.
      const std::int32_t normal = (rest << 20) + (120 << 23);
      const auto subnormal = std::bit_cast<std::int32_t>(static_cast<float>(rest) * 0x1p-9f);
      const std::int32_t is_subnormal = (rest - 8) >> 31;  // all bits or none
      const std::int32_t size = (subnormal & is_subnormal) | (normal & ~is_subnormal);
      out[i] = std::bit_cast<float>(size | ((bits & 0x80) << 24)) * factor;
    }
  }
}
#endif

using Floats = float __attribute__((vector_size(lanes * sizeof(float))));

Floats load(const float* from) {
  Floats values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

float sum_of(const Floats& values) {
  float sum = 0;
  for (int lane = 0; lane < lanes; ++lane) sum += values[lane];
  return sum;
}

/// out[j] = row . x[j] for the rows of four tokens.
void dot4(const float* row, const float* const x[4], int n, float out[4]) {
  Floats even[4]{}, odd[4]{};
  for (int i = 0; i < n; i += 2 * lanes) {
    const Floats first = load(row + i), second = load(row + i + lanes);
    for (int j = 0; j < 4; ++j) {
      even[j] += first * load(x[j] + i);
      odd[j] += second * load(x[j] + i + lanes);
    }
  }
  for (int j = 0; j < 4; ++j) out[j] = sum_of(even[j] + odd[j]);
}

float dot1(const float* row, const float* x, int n) {
  Floats sum[4]{};
  for (int i = 0; i < n; i += 4 * lanes)
    for (int j = 0; j < 4; ++j) sum[j] += load(row + i + j * lanes) * load(x + i + j * lanes);
  return sum_of((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

/// use(i, row . x[i]) for all tokens.
template <typename Use>
void dot_all(const float* row, const std::vector<const float*>& x, int n, const Use& use) {
  std::size_t i = 0;
  for (; i + 4 <= x.size(); i += 4) {
    float out[4];
    dot4(row, &x[i], n, out);
    for (std::size_t j = 0; j < 4; ++j) use(i + j, out[j]);
  }
  for (; i < x.size(); ++i) use(i, dot1(row, x[i], n));
}

/// work(begin, end) on equal parts of [0, count), one thread each; all have ended on return.
template <typename Work>
void share_out(int count, const Work& work) {
  const int parts = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 128);
  const auto part = [&](int i) { work(count * i / parts, count * (i + 1) / parts); };
  std::vector<std::jthread> threads;
  int next = 1;
  try {
    while (next < parts) {
      threads.emplace_back(part, next);
      ++next;
    }
  } catch (const std::system_error&) {  // the calling thread does what is left
  }
  part(0);
  while (next < parts) part(next++);
}

/// One (token, local expert) pair.
struct Pair {
  std::int64_t token;
  float weight;
};

float bfloat16_to_float(std::uint16_t bits) {
  const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

std::uint16_t float_to_bfloat16(float value) {
  std::uint32_t word;
  std::memcpy(&word, &value, sizeof word);
  return static_cast<std::uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
}

/// Append the token's local pairs to the lists of its experts.
void route(const fihost_call& call, std::int64_t token, std::vector<Pair>* pairs) {
  const float* logits = sdk::data<const float>(call.inputs[0]) + token * experts;
  const auto* bias = sdk::data<const std::uint16_t>(call.inputs[1]);
  float score[experts], biased[experts], rank[groups];
  int order[experts], group_order[groups];
  for (int e = 0; e < experts; ++e) {
    score[e] = 1 / (1 + std::exp(-logits[e]));
    biased[e] = score[e] + bfloat16_to_float(bias[e]);
  }
  for (int g = 0; g < groups; ++g) {
    float members[group_size];
    std::copy_n(biased + g * group_size, group_size, members);
    std::partial_sort(members, members + 2, members + group_size, std::greater<>());
    rank[g] = members[0] + members[1];
    group_order[g] = g;
  }
  std::sort(group_order, group_order + groups, [&](int a, int b) { return rank[a] > rank[b]; });
  int n = 0;
  for (int k = 0; k < groups / 2; ++k)
    for (int i = 0; i < group_size; ++i) order[n++] = group_order[k] * group_size + i;
  std::partial_sort(order, order + top_k, order + n,
                    [&](int a, int b) { return biased[a] > biased[b]; });

  float sum = 1e-20f;
  for (int k = 0; k < top_k; ++k) sum += score[order[k]];
  const float factor = sdk::scalar<float>(call.inputs[9]) / sum;
  for (int k = 0; k < top_k; ++k) {
    const int local = order[k] - sdk::scalar<std::int32_t>(call.inputs[8]);
    if (local >= 0 && local < local_experts)
      pairs[local].push_back({token, score[order[k]] * factor});
  }
}

/// Decoded tokens, one row for each that has a local expert, and where each token's row is.
struct Tokens {
  std::vector<float> rows;
  std::vector<std::int64_t> row_of;  ///< [tokens]; -1: no local expert

  Tokens(const fihost_call& call, const std::vector<Pair>* pairs) {
    const std::int64_t tokens = call.inputs[0].shape[0];
    row_of.assign(static_cast<std::size_t>(tokens), -1);
    std::int64_t count = 0;
    for (int l = 0; l < local_experts; ++l)
      for (const Pair& pair : pairs[l])
        if (auto& row = row_of[static_cast<std::size_t>(pair.token)]; row < 0) row = count++;
    rows.resize(static_cast<std::size_t>(count) * hidden);
    const auto* scale = sdk::data<const float>(call.inputs[3]);
    for (std::int64_t t = 0; t < tokens; ++t) {
      if (row_of[static_cast<std::size_t>(t)] < 0) continue;
      float own_scale[hidden / block];
      for (int b = 0; b < hidden / block; ++b) own_scale[b] = scale[b * tokens + t];
      decode_row(sdk::data<const std::uint8_t>(call.inputs[2]) + t * hidden, own_scale, hidden,
                 row(rows, t));
    }
  }
  /// The row of `token` in `data`, which is laid out as `rows` is.
  [[nodiscard]] float* row(std::vector<float>& data, std::int64_t token) const {
    return data.data() + row_of[static_cast<std::size_t>(token)] * hidden;
  }
};

void run_expert(const fihost_call& call, int local, const std::vector<Pair>& pairs, Tokens& tokens,
                std::vector<float>& sums) {
  const auto* w13 = sdk::data<const std::uint8_t>(call.inputs[4]) + local * 4096ll * hidden;
  const auto* w13_scale = sdk::data<const float>(call.inputs[5]) + local * 32 * 56;
  const auto* w2 =
      sdk::data<const std::uint8_t>(call.inputs[6]) + local * 1ll * hidden * intermediate;
  const auto* w2_scale = sdk::data<const float>(call.inputs[7]) + local * 56 * 16;
  std::vector<float> h(pairs.size() * intermediate);
  std::vector<const float*> x, h_rows;
  for (const Pair& pair : pairs) {
    x.push_back(tokens.row(tokens.rows, pair.token));
    h_rows.push_back(h.data() + h_rows.size() * intermediate);
  }
  share_out(intermediate, [&](int begin, int end) {
    float row[hidden];
    for (int i = begin; i < end; ++i) {
      float* const column = h.data() + i;
      decode_row(w13 + i * hidden, w13_scale + i / block * 56, hidden, row);
      dot_all(row, x, hidden, [&](std::size_t p, float x1) { column[p * intermediate] = x1; });
      const int j = i + intermediate;
      decode_row(w13 + j * hidden, w13_scale + j / block * 56, hidden, row);
      dot_all(row, x, hidden, [&](std::size_t p, float x2) {
        column[p * intermediate] *= x2 / (1 + std::exp(-x2));
      });
    }
  });
  share_out(hidden, [&](int begin, int end) {
    float row[intermediate];
    for (int i = begin; i < end; ++i) {
      decode_row(w2 + i * intermediate, w2_scale + i / block * 16, intermediate, row);
      dot_all(row, h_rows, intermediate, [&](std::size_t p, float y) {
        tokens.row(sums, pairs[p].token)[i] += pairs[p].weight * y;
      });
    }
  });
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept try {
  const std::int64_t count = call->inputs[0].shape[0];
  std::vector<Pair> pairs[local_experts];
  for (std::int64_t t = 0; t < count; ++t) route(*call, t, pairs);
  Tokens tokens(*call, pairs);
  std::vector<float> sums(tokens.rows.size());
  for (int local = 0; local < local_experts; ++local)
    if (!pairs[local].empty()) run_expert(*call, local, pairs[local], tokens, sums);
  for (std::int64_t t = 0; t < count; ++t) {
    auto* const out = sdk::data<std::uint16_t>(call->outputs[0]) + t * hidden;
    if (tokens.row_of[static_cast<std::size_t>(t)] < 0)
      std::fill_n(out, hidden, std::uint16_t{0});
    else
      std::transform(tokens.row(sums, t), tokens.row(sums, t) + hidden, out, float_to_bfloat16);
  }
  return FIHOST_OK;
} catch (const std::bad_alloc&) {
  return sdk::fail(error, FIHOST_OUT_OF_MEMORY, "out of memory");
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    "moe-threaded",
    "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CPU,
    nullptr,
    nullptr,
    run,
    nullptr};
