#include "core/device/cpu_kernels.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "core/device/random.hpp"

// Written as plain loops that the compiler turns into vector code, once for every x86-64 and once
// for those with AVX2; the bodies have to be inlined into both.
#define FIHOST_INLINE [[gnu::always_inline]] inline
#if defined(__x86_64__)
#define FIHOST_AVX2 [[gnu::target("avx2")]]
#endif

namespace fihost::device {
namespace {

/// Call body(begin, end) on slices of [0, count) on all cores; small work stays on this thread.
void parallel(std::uint64_t count, std::uint64_t grain,
              const std::function<void(std::uint64_t, std::uint64_t)>& body) {
  const std::uint64_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::uint64_t slices =
      std::clamp<std::uint64_t>(count / std::max<std::uint64_t>(1, grain), 1, cores);
  const std::uint64_t step = (count + slices - 1) / slices;
  std::vector<std::jthread> threads;
  for (std::uint64_t i = 1; i < slices; ++i) {
    threads.emplace_back(body, std::min(count, i * step), std::min(count, (i + 1) * step));
  }
  body(0, std::min(count, step));
}

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

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

template <DType D>
FIHOST_INLINE Patch look_at(Outputs data, std::uint64_t from, std::uint32_t count, Limits limits,
                            Code<D> poison) {
  Patch out;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Code<D> code = load_code<D>(data.actual, from + i);
    const float y = decode<D>(load_code<D>(data.expected, from + i)), x = decode<D>(code);
    const float abs = bits_float(float_bits(x - y) & 0x7fffffffu);
    const float rel = abs / (bits_float(float_bits(y) & 0x7fffffffu) + 1e-8f);
    out.failures += static_cast<std::uint32_t>(abs > limits.atol) &
                    static_cast<std::uint32_t>(rel > limits.rtol);
    out.poisoned += static_cast<std::uint32_t>(code == poison);
    // The difference is finite where both are, but for an overflow, which is looked at closely.
    if constexpr (has_nonfinite<D>) out.nonfinite |= static_cast<std::uint32_t>(!is_finite(abs));
    out.abs_bits = std::max(out.abs_bits, float_bits(abs));
    out.rel_bits = std::max(out.rel_bits, float_bits(rel));
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

#if defined(FIHOST_AVX2)
template <DType D>
FIHOST_AVX2 Comparison compare_with_avx2(Outputs data, const CompareRequest& request,
                                         std::uint64_t from, std::uint64_t to) {
  return compare_rows<D>(data, request, from, to);
}
#else
template <DType D>
Comparison compare_with_avx2(Outputs data, const CompareRequest& request, std::uint64_t from,
                             std::uint64_t to) {
  return compare_rows<D>(data, request, from, to);
}
#endif

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

void randomize_on_cpu(void* data, DType dtype, std::uint64_t elements, std::uint64_t key,
                      const std::uint8_t* table) {
  const std::uint32_t lanes = elements_per_block(dtype);
  parallel((elements + lanes - 1) / lanes, 1 << 14, [=](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t block = from; block < to; ++block) {
      const Philox4 words = random_block(key, block);
      const std::uint64_t first = block * lanes;
      const auto count =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(lanes, elements - first));
      if (lanes == 8 && count == 8) {
        const std::uint64_t word = fp8_word(words, table);
        std::memcpy(static_cast<std::byte*>(data) + first, &word, sizeof word);
        continue;
      }
      for (std::uint32_t lane = 0; lane < count; ++lane) {
        store_random(data, first + lane, dtype, words, lane, table);
      }
    }
  });
}

Comparison compare_on_cpu(const void* expected, const void* actual, const CompareRequest& request) {
  const Outputs data{expected, actual};
  const std::uint64_t rows = request.grid.rows();
  const std::uint64_t rows_per_slice =
      std::max<std::uint64_t>(1, slice_elements / std::max<std::uint64_t>(1, request.grid.piece));
  const std::uint64_t slices = (rows + rows_per_slice - 1) / rows_per_slice;
  std::vector<Comparison> parts(slices);
  const bool wide = has_avx2();
  with_dtype(request.dtype, [&](auto d) {
    parallel(slices, 1, [&](std::uint64_t from, std::uint64_t to) {
      for (std::uint64_t s = from; s < to; ++s) {
        const std::uint64_t first = s * rows_per_slice;
        const std::uint64_t last = std::min(rows, first + rows_per_slice);
        parts[s] = wide ? compare_with_avx2<d.value>(data, request, first, last)
                        : compare_plainly<d.value>(data, request, first, last);
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
  parallel(parts.size(), 1, [&](std::uint64_t from, std::uint64_t to) {
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
