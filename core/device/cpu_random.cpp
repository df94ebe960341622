#include "core/device/cpu_random.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>

#include "core/device/all_cores.hpp"
#include "core/device/random.hpp"

namespace fihost::device {
namespace {

/// The words of one group, on any processor.
void fill_words(std::uint32_t* words, std::uint64_t key, std::uint64_t group) {
  for (std::uint32_t b = 0; b < group_blocks; ++b) {
    const Philox4 block = random_block(key, group * group_blocks + b);
    for (std::uint32_t w = 0; w < 4; ++w) words[w * group_blocks + b] = block.word[w];
  }
}

#if defined(__x86_64__)
// Eight blocks at once. Words live in the low halves of 64-bit lanes, where a multiplication takes
// them and leaves its high and low half as the next round wants them; compilers do not find this.
constexpr int lanes_of_two = 8;

/// The low halves of eight 64-bit lanes.
[[gnu::target("avx2")]] void store_low(std::uint32_t* to, __m256i low, __m256i high) {
  const __m256 mixed = _mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), 0x88);
  const __m256i ordered = _mm256_permute4x64_epi64(_mm256_castps_si256(mixed), 0xd8);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), ordered);
}

[[gnu::target("avx2")]] void fill_words_with_avx2(std::uint32_t* words, std::uint64_t key,
                                                  std::uint64_t group) {
  const __m256i factor0 = _mm256_set1_epi64x(0xD2511F53), factor1 = _mm256_set1_epi64x(0xCD9E8D57);
  const __m256i steps = _mm256_set_epi64x(3, 2, 1, 0);
  for (std::uint32_t b = 0; b < group_blocks; b += lanes_of_two) {
    __m256i w[4][2];
    for (int half = 0; half < 2; ++half) {
      const auto first = static_cast<long long>(group * group_blocks + b) + 4 * half;
      w[0][half] = _mm256_add_epi64(_mm256_set1_epi64x(first), steps);
      w[1][half] = _mm256_srli_epi64(w[0][half], 32);
      w[2][half] = w[3][half] = _mm256_setzero_si256();
    }
    auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < philox_rounds; ++round) {
      for (int half = 0; half < 2; ++half) {
        const __m256i p0 = _mm256_mul_epu32(w[0][half], factor0);
        const __m256i p1 = _mm256_mul_epu32(w[2][half], factor1);
        w[0][half] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), w[1][half]),
                                      _mm256_set1_epi64x(k0));
        w[2][half] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), w[3][half]),
                                      _mm256_set1_epi64x(k1));
        w[1][half] = p1;
        w[3][half] = p0;
      }
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    for (int i = 0; i < 4; ++i) store_low(words + i * 64 + b, w[i][0], w[i][1]);
  }
}
static_assert(group_blocks == 64 && group_blocks % lanes_of_two == 0);
#else
void fill_words_with_avx2(std::uint32_t* words, std::uint64_t key, std::uint64_t group) {
  fill_words(words, key, group);
}
#endif

template <DType D>
void randomize_group(Code<D>* out, const std::uint32_t* words, const TableEntry<D>* table) {
  constexpr std::uint32_t lanes = elements_per_word<D>;
  for (std::uint32_t j = 0; j < group_words; ++j) {
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
      out[j * lanes + lane] = random_code<D>(words[j], lane, table);
    }
  }
}

template <DType D>
void randomize(Code<D>* out, std::uint64_t elements, std::uint64_t key, const TableEntry<D>* table,
               Vectors vectors) {
  constexpr std::uint64_t in_group = group_words * elements_per_word<D>;
  const bool wide = vectors != Vectors::plain;
  on_all_cores((elements + in_group - 1) / in_group, 64, [=](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t group = from; group < to; ++group) {
      std::uint32_t words[group_words];
      if (wide) {
        fill_words_with_avx2(words, key, group);
      } else {
        fill_words(words, key, group);
      }
      const std::uint64_t first = group * in_group;
      if (elements - first >= in_group) {
        randomize_group<D>(out + first, words, table);
      } else {
        Code<D> rest[in_group];
        randomize_group<D>(rest, words, table);
        std::copy_n(rest, elements - first, out + first);
      }
    }
  });
}

}  // namespace

void randomize_on_cpu(void* data, DType dtype, std::uint64_t elements, std::uint64_t key,
                      const void* table, Vectors vectors) {
  if (dtype == DType::float4_e2m1) return;
  with_dtype(dtype, [&](auto d) {
    randomize<d.value>(static_cast<Code<d.value>*>(data), elements, key,
                       static_cast<const TableEntry<d.value>*>(table), vectors);
  });
}

}  // namespace fihost::device
