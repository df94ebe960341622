// Random tensor contents as FlashInfer Trace prescribes per dtype, from a counter-based generator:
// element i depends on the key and i alone, so any thread of any device makes the same bytes.
//
// Generator: Philox4x32-7 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
// Normals: a table of the inverse distribution function, which is computed by Wichura's algorithm
// AS 241 (PPND16, 1988) in double precision with single IEEE operations; compile without contraction
// of a*b+c. docs/decisions/0002-random-contents.md has the recipe and the reasons.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "core/device/elements.hpp"

namespace fihost::device {

struct Philox4 {
  std::uint32_t word[4];
};

FIHOST_BOTH inline std::uint32_t multiply_high(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(a) * b) >> 32);
}

/// Philox on a 128-bit counter under a 64-bit key.
template <int Rounds>
FIHOST_BOTH inline Philox4 philox(Philox4 counter, std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < Rounds; ++round) {
    const std::uint32_t high0 = multiply_high(0xD2511F53u, counter.word[0]);
    const std::uint32_t low0 = 0xD2511F53u * counter.word[0];
    const std::uint32_t high1 = multiply_high(0xCD9E8D57u, counter.word[2]);
    const std::uint32_t low1 = 0xCD9E8D57u * counter.word[2];
    counter = {{high1 ^ counter.word[1] ^ k0, low1, high0 ^ counter.word[3] ^ k1, low0}};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return counter;
}

/// The fewest rounds that pass every test of BigCrush, as the paper reports.
constexpr int philox_rounds = 7;

FIHOST_BOTH inline Philox4 random_block(std::uint64_t key, std::uint64_t block) {
  return philox<philox_rounds>(
      {{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0}}, key);
}

/// Words of a stream come in groups: word w of block b of a group stands at w * group_blocks + b, so
/// that vector lanes and neighbouring threads write to neighbouring places.
constexpr std::uint32_t group_blocks = 64;
constexpr std::uint32_t group_words = 4 * group_blocks;

/// Natural logarithm for 0 < x < 1: exponent split, then the series of 2 artanh on [1/sqrt2, sqrt2].
FIHOST_BOTH inline double plain_log(double x) {
  std::uint64_t u;
  memcpy(&u, &x, sizeof u);
  int exponent = static_cast<int>((u >> 52) & 0x7ffu) - 1022;
  u = (u & 0xfffffffffffffull) | 0x3fe0000000000000ull;  // mantissa in [0.5, 1)
  double m;
  memcpy(&m, &u, sizeof m);
  if (m < 0.70710678118654752) {
    m = m * 2.0;
    exponent -= 1;
  }
  const double z = (m - 1.0) / (m + 1.0);
  const double z2 = z * z;
  double sum = 0.0;
  for (int k = 25; k >= 1; k -= 2) sum = sum * z2 + 1.0 / k;
  return exponent * 0.69314718055994531 + 2.0 * z * sum;
}

/// Standard normal quantile of 0 < p < 1; relative error about 1e-16.
FIHOST_BOTH inline double normal_quantile(double p) {
  const double q = p - 0.5;
  if ((q < 0 ? -q : q) <= 0.425) {
    const double r = 0.180625 - q * q;
    const double top = ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r +
                            6.7265770927008700853e4) *
                               r +
                           4.5921953931549871457e4) *
                              r +
                          1.3731693765509461125e4) *
                             r +
                         1.9715909503065514427e3) *
                            r +
                        1.3314166789178437745e2) *
                           r +
                       3.3871328727963666080e0;
    const double bottom = ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r +
                               3.9307895800092710610e4) *
                                  r +
                              2.1213794301586595867e4) *
                                 r +
                             5.3941960214247511077e3) *
                                r +
                            6.8718700749205790830e2) *
                               r +
                           4.2313330701600911252e1) *
                              r +
                          1.0;
    return q * top / bottom;
  }
  double r = sqrt(-plain_log(q < 0 ? p : 1.0 - p));
  double top, bottom;
  if (r <= 5.0) {
    r -= 1.6;
    top = ((((((7.7454501427834140764e-4 * r + 2.27238449892691845833e-2) * r +
               2.41780725177450611770e-1) *
                  r +
              1.27045825245236838258e0) *
                 r +
             3.64784832476320460504e0) *
                r +
            5.76949722146069140550e0) *
               r +
           4.63033784615654529590e0) *
              r +
          1.42343711074968357734e0;
    bottom = ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r +
                  1.51986665636164571966e-2) *
                     r +
                 1.48103976427480074590e-1) *
                    r +
                6.89767334985100004550e-1) *
                   r +
               1.67638483018380384940e0) *
                  r +
              2.05319162663775882187e0) *
                 r +
             1.0;
  } else {
    r -= 5.0;
    top = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r +
               1.24266094738807843860e-3) *
                  r +
              2.65321895265761230930e-2) *
                 r +
             2.96560571828504891230e-1) *
                r +
            1.78482653991729133580e0) *
               r +
           5.46378491116411436990e0) *
              r +
          6.65790464350110377720e0;
    bottom = ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r +
                  1.84631831751005468180e-5) *
                     r +
                 7.86869131145613259100e-4) *
                    r +
                1.48753612908506148525e-2) *
                   r +
               1.36929880922735805310e-1) *
                  r +
              5.99832206555887937690e-1) *
                 r +
             1.0;
  }
  const double value = top / bottom;
  return q < 0 ? -value : value;
}

/// Positive quantiles have 2^15 entries, for probabilities from 1/2 to 1; a further bit is the sign.
constexpr std::uint32_t table_entries = 32768;
/// float32 interpolates between entries but for the last ones, where the curve is too steep; there
/// AS 241 is computed.
constexpr std::uint32_t interpolated_entries = table_entries - 16;

/// The absolute value of a normal in the middle of entry `k`.
FIHOST_BOTH inline float table_magnitude(std::uint32_t k) {
  return static_cast<float>(normal_quantile(0.5 + (k + 0.5) / (2.0 * table_entries)));
}

/// What the table of a type holds: float32 its nodes, other floating types the code of each entry's
/// middle (the FP8 ones clamped to 2), the rest nothing.
template <DType D>
using TableEntry = std::conditional_t<D == DType::float32, float, Code<D>>;
template <DType D>
constexpr std::uint32_t table_size = D == DType::float32       ? interpolated_entries + 1
                                     : D <= DType::float8_e5m2 ? table_entries
                                                               : 0;

template <DType D>
inline TableEntry<D> table_entry(std::uint32_t k) {
  const float x = D == DType::float32
                      ? static_cast<float>(normal_quantile(0.5 + k / (2.0 * table_entries)))
                      : table_magnitude(k);
  const float clamped = x > 2.0f ? 2.0f : x;
  if constexpr (D == DType::float32) return x;
  if constexpr (D == DType::float16) return static_cast<Code<D>>(encode_small(x, half_format));
  if constexpr (D == DType::bfloat16) return encode_bfloat16(x);
  if constexpr (D == DType::float8_e4m3fn) {
    return static_cast<Code<D>>(encode_small(clamped, e4m3fn_format));
  }
  if constexpr (D == DType::float8_e5m2) {
    return static_cast<Code<D>>(encode_small(clamped, e5m2_format));
  }
  return TableEntry<D>{};
}

/// A standard normal from 32 random bits: sign, entry, place in the entry.
FIHOST_BOTH inline float normal_from_bits(std::uint32_t bits, const float* nodes) {
  const std::uint32_t k = (bits >> 16) & (table_entries - 1);
  const std::uint32_t place = bits & 0xffffu;
  float x;
  if (k < interpolated_entries) {
    const float low = nodes[k];
    x = low + (nodes[k + 1] - low) * ((static_cast<float>(place) + 0.5f) * (1.0f / 65536.0f));
  } else {
    const double above = static_cast<double>((table_entries << 16) - (k << 16 | place)) - 0.5;
    x = static_cast<float>(-normal_quantile(above * (1.0 / 4294967296.0)));
  }
  return bits_float(float_bits(x) | (bits & 0x80000000u));
}

/// Elements that one word serves.
template <DType D>
constexpr std::uint32_t elements_per_word = D == DType::float32                       ? 1
                                            : D == DType::int8 || D == DType::boolean ? 4
                                                                                      : 2;

/// Element `lane` of those that `word` serves.
template <DType D>
FIHOST_BOTH inline Code<D> random_code(std::uint32_t word, std::uint32_t lane,
                                       const TableEntry<D>* table) {
  constexpr std::uint32_t width = 32 / elements_per_word<D>;
  const std::uint32_t bits = word >> (width * lane);
  if constexpr (D == DType::float32) return float_bits(normal_from_bits(word, table));
  if constexpr (D == DType::float16 || D == DType::bfloat16) {
    return static_cast<Code<D>>(table[bits & 0x7fffu] | (bits & 0x8000u));
  }
  if constexpr (D == DType::float8_e4m3fn || D == DType::float8_e5m2) {
    return static_cast<Code<D>>(table[bits & 0x7fffu] | ((bits >> 8) & 0x80u));
  }
  if constexpr (D == DType::int8) return static_cast<Code<D>>(bits);
  if constexpr (D == DType::boolean) return static_cast<Code<D>>(bits & 1u);
  return static_cast<Code<D>>(static_cast<std::int32_t>(bits & 2047u) - 1024);
}

/// Finalizer of SplitMix64: spreads a counter or a joined hash over 64 bits.
FIHOST_BOTH inline std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

/// Term of the position-dependent checksum: sum over i of word_term(word[i], i), modulo 2^64.
FIHOST_BOTH inline std::uint64_t word_term(std::uint64_t word, std::uint64_t index) {
  return mix64(word + (index + 1) * 0x9E3779B97F4A7C15ull);
}

}  // namespace fihost::device
