#include "core/device/cpu_kernels.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/device/all_cores.hpp"
#include "core/device/random.hpp"

// Plain loops that the compiler turns into vector code, once for every processor, once for those with
// AVX2 and once for AVX-512; the bodies have to be inlined into each.
#define FIHOST_INLINE [[gnu::always_inline]] inline
#if !defined(__x86_64__)
#define FIHOST_AVX2
#define FIHOST_AVX512
#elif defined(__clang__)
#define FIHOST_AVX2 [[gnu::target("avx2")]]
#define FIHOST_AVX512 [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]]
#else
#define FIHOST_AVX2 [[gnu::target("avx2")]]
#define FIHOST_AVX512 [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")]]
#endif

namespace fihost::device {
namespace {

struct Outputs {
  const void* expected;
  const void* actual;
};

/// Sums and maxima over one patch. Maxima are bits of floats that are not negative, which order like
/// integers.
struct Patch {
  std::uint32_t failures = 0, poisoned = 0, nonfinite = 0, abs_bits = 0, rel_bits = 0;
};

struct Limits {
  float atol, rtol;
};

FIHOST_INLINE void look_at(float y, float x, Limits limits, Patch& out) {
  const float abs = bits_float(float_bits(x - y) & 0x7fffffffu);
  const float rel = abs / (bits_float(float_bits(y) & 0x7fffffffu) + 1e-8f);
  out.failures +=
      static_cast<std::uint32_t>(abs > limits.atol) & static_cast<std::uint32_t>(rel > limits.rtol);
  // The difference is finite where both are, but for an overflow, which is looked at closely.
  out.nonfinite |= static_cast<std::uint32_t>(!is_finite(abs));
  out.abs_bits = std::max(out.abs_bits, float_bits(abs));
  out.rel_bits = std::max(out.rel_bits, float_bits(rel));
}

template <DType D>
constexpr bool is_small_float = D == DType::float16 || D == DType::float8_e4m3fn ||
                                D == DType::float8_e5m2 || D == DType::float4_e2m1;

/// Small floats are decoded before they are compared: three simple loops become vector code where
/// one that does it all does not.
template <DType D>
FIHOST_INLINE void decode_patch(const void* data, std::uint64_t from, std::uint32_t count,
                                float* out) {
  std::uint32_t wide[patch_elements];
  for (std::uint32_t i = 0; i < count; ++i) wide[i] = load_code<D>(data, from + i);
  for (std::uint32_t i = 0; i < count; ++i) out[i] = decode<D>(static_cast<Code<D>>(wide[i]));
}

template <DType D>
FIHOST_INLINE Patch look_at(Outputs data, std::uint64_t from, std::uint32_t count, Limits limits,
                            Code<D> poison) {
  Patch out;
  if constexpr (is_small_float<D>) {
    float expected[patch_elements], actual[patch_elements];
    decode_patch<D>(data.expected, from, count, expected);
    decode_patch<D>(data.actual, from, count, actual);
    for (std::uint32_t i = 0; i < count; ++i) look_at(expected[i], actual[i], limits, out);
    for (std::uint32_t i = 0; i < count; ++i) {
      out.poisoned += load_code<D>(data.actual, from + i) == poison ? 1 : 0;
    }
  } else {
    for (std::uint32_t i = 0; i < count; ++i) {
      const Code<D> code = load_code<D>(data.actual, from + i);
      look_at(decode<D>(load_code<D>(data.expected, from + i)), decode<D>(code), limits, out);
      out.poisoned += code == poison ? 1 : 0;
    }
  }
  return out;
}

/// The same for a patch that holds something that is not finite: rare, so one by one.
template <DType D>
Patch look_closely(Outputs data, std::uint64_t from, std::uint32_t count, Limits limits,
                   Code<D> poison, Comparison& found) {
  Patch out;
  for (std::uint64_t i = from; i < from + count; ++i) {
    const float y = decode<D>(load_code<D>(data.expected, i));
    const float x = decode<D>(load_code<D>(data.actual, i));
    if (is_finite(x) && is_finite(y)) {
      const Patch one = look_at<D>(data, i, 1, limits, poison);
      out.failures += one.failures;
      out.abs_bits = std::max(out.abs_bits, one.abs_bits);
      out.rel_bits = std::max(out.rel_bits, one.rel_bits);
    } else {
      const Nonfinite what = look_at_nonfinite(y, x);
      found.nonfinite_mismatches += what.mismatch;
      found.has_infinity |= what.has_infinity != 0;
      found.has_nan |= what.has_nan != 0;
      found.reference_infinity |= what.reference_infinity != 0;
      found.reference_nan |= what.reference_nan != 0;
    }
    out.poisoned += load_code<D>(data.actual, i) == poison ? 1 : 0;
  }
  return out;
}

template <DType D>
FIHOST_INLINE void compare_row(Outputs data, const CompareRequest& request, std::uint64_t row,
                               Comparison& found) {
  const Limits limits{static_cast<float>(request.tolerance.atol),
                      static_cast<float>(request.tolerance.rtol)};
  const float wrong_share = wrong_patch_share(request.tolerance);
  const Code<D> poison = filled_code<D>(request.poison);
  const std::uint64_t end = request.grid.end(row);
  std::uint64_t failures = 0;
  bool wrong = false;
  for (std::uint64_t at = request.grid.begin(row); at < end; at += patch_elements) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(patch_elements, end - at));
    Patch patch = look_at<D>(data, at, count, limits, poison);
    if (patch.nonfinite != 0) patch = look_closely<D>(data, at, count, limits, poison, found);
    failures += patch.failures;
    found.poisoned += patch.poisoned;
    found.max_abs = std::max(found.max_abs, bits_float(patch.abs_bits));
    found.max_rel = std::max(found.max_rel, bits_float(patch.rel_bits));
    if (count < least_patch_elements) continue;
    const float share = static_cast<float>(patch.failures) / static_cast<float>(count);
    found.worst_patch = std::max(found.worst_patch, share);
    wrong |= share > wrong_share;
  }
  found.failures += failures;
  if (!wrong) return;
  ++found.wrong_rows;
  found.worst_row = std::max(found.worst_row, pack_row(failures, row));
}

template <DType D>
FIHOST_INLINE Comparison compare_rows(Outputs data, const CompareRequest& request,
                                      std::uint64_t from, std::uint64_t to) {
  Comparison found;
  for (std::uint64_t row = from; row < to; ++row) compare_row<D>(data, request, row, found);
  return found;
}

template <DType D>
Comparison compare_plainly(Outputs data, const CompareRequest& request, std::uint64_t from,
                           std::uint64_t to) {
  return compare_rows<D>(data, request, from, to);
}

template <DType D>
FIHOST_AVX2 Comparison compare_with_avx2(Outputs data, const CompareRequest& request,
                                         std::uint64_t from, std::uint64_t to) {
  return compare_rows<D>(data, request, from, to);
}

template <DType D>
FIHOST_AVX512 Comparison compare_with_avx512(Outputs data, const CompareRequest& request,
                                             std::uint64_t from, std::uint64_t to) {
  return compare_rows<D>(data, request, from, to);
}

template <DType D>
auto comparison_for(Vectors vectors) {
  if (vectors == Vectors::avx512) return compare_with_avx512<D>;
  return vectors == Vectors::avx2 ? compare_with_avx2<D> : compare_plainly<D>;
}

void merge(Comparison& into, const Comparison& part) {
  into.failures += part.failures;
  into.max_abs = std::max(into.max_abs, part.max_abs);
  into.max_rel = std::max(into.max_rel, part.max_rel);
  into.has_infinity |= part.has_infinity;
  into.has_nan |= part.has_nan;
  into.reference_infinity |= part.reference_infinity;
  into.reference_nan |= part.reference_nan;
  into.nonfinite_mismatches += part.nonfinite_mismatches;
  into.poisoned += part.poisoned;
  into.wrong_rows += part.wrong_rows;
  into.worst_row = std::max(into.worst_row, part.worst_row);
  into.worst_patch = std::max(into.worst_patch, part.worst_patch);
}

constexpr std::uint64_t slice_elements = 1 << 16;

}  // namespace

void fill_on_cpu(void* data, std::uint8_t byte, std::uint64_t bytes) {
  on_all_cores(bytes, 4 << 20, [=](std::uint64_t from, std::uint64_t to) {
    std::memset(static_cast<std::byte*>(data) + from, byte, to - from);
  });
}

Comparison compare_on_cpu(const void* expected, const void* actual, const CompareRequest& request,
                          Vectors vectors) {
  const Outputs data{expected, actual};
  const std::uint64_t rows = request.grid.rows();
  const std::uint64_t rows_per_slice =
      std::max<std::uint64_t>(1, slice_elements / std::max<std::uint64_t>(1, request.grid.piece));
  const std::uint64_t slices = (rows + rows_per_slice - 1) / rows_per_slice;
  std::vector<Comparison> parts(slices);
  with_dtype(request.dtype, [&](auto d) {
    const auto compare = comparison_for<d.value>(vectors);
    on_all_cores(slices, 1, [&](std::uint64_t from, std::uint64_t to) {
      for (std::uint64_t s = from; s < to; ++s) {
        const std::uint64_t first = s * rows_per_slice;
        parts[s] = compare(data, request, first, std::min(rows, first + rows_per_slice));
      }
    });
  });
  Comparison total;
  for (const Comparison& part : parts) merge(total, part);
  total.total = request.grid.elements;
  return total;
}

std::uint64_t count_filled_on_cpu(const void* first, std::uint8_t first_byte, const void* second,
                                  std::uint8_t second_byte, DType dtype, std::uint64_t elements) {
  return with_dtype(dtype, [&](auto d) {
    constexpr DType type = d.value;
    const Code<type> a = filled_code<type>(first_byte), b = filled_code<type>(second_byte);
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < elements; ++i) {
      count += load_code<type>(first, i) == a && load_code<type>(second, i) == b ? 1 : 0;
    }
    return count;
  });
}

std::uint64_t checksum_on_cpu(const void* base, std::uint64_t words) {
  const std::uint64_t step = std::max<std::uint64_t>(1 << 17, words / 64);
  std::vector<std::uint64_t> parts((words + step - 1) / step);
  on_all_cores(parts.size(), 1, [&](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t part = from; part < to; ++part) {
      std::uint64_t sum = 0;
      for (std::uint64_t i = part * step; i < std::min(words, (part + 1) * step); ++i) {
        std::uint64_t word;
        std::memcpy(&word, static_cast<const std::byte*>(base) + 8 * i, 8);
        sum += word_term(word, i);
      }
      parts[part] = sum;
    }
  });
  std::uint64_t total = 0;
  for (const std::uint64_t part : parts) total += part;
  return total;
}

}  // namespace fihost::device
