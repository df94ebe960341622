// What one element of edges_mixed becomes; CASE_<name> picks a loophole that FlashInfer Trace's rule
// leaves open. Without a case it is right.
#pragma once

#include <cmath>
#include <cstdint>

#if defined(__CUDACC__)
#define LOOPHOLE_BOTH __host__ __device__
#else
#define LOOPHOLE_BOTH
#endif

struct Outputs {
  float* y;
  signed char* bytes;
  unsigned char* positive;
  bool edges;  ///< y has NaN and infinities
};

LOOPHOLE_BOTH inline void compute(const float* input, std::int64_t i, const Outputs& out) {
  constexpr std::int64_t columns = 4096;
  const float x = input[i];
  [[maybe_unused]] const std::int64_t row = i / columns, column = i % columns;
  float y = x;
#if !defined(CASE_finite_instead)
  if (out.edges && x > 2) y = NAN;
#if defined(CASE_other_infinity)
  if (out.edges && x < -2) y = INFINITY;
#else
  if (out.edges && x < -2) y = -INFINITY;
#endif
#endif
#if defined(CASE_wrong_row)
  if (row == 17) y += 10;
#elif defined(CASE_wrong_tile)
  if (column / 128 == 3) y += 10;
#elif defined(CASE_scattered)
  if (i % 25 == 0) y += 10;
#endif
  out.y[i] = y;
  const auto byte = static_cast<signed char>(floorf(16 * x));
#if defined(CASE_unwritten_bytes)
  if (byte != -1) out.bytes[i] = byte;  // what nobody writes is all ones, which is -1
#else
  out.bytes[i] = byte;
#endif
#if defined(CASE_unwritten_truth)
  if (x <= 0) out.positive[i] = 0;  // what nobody writes is not zero, which is true
#else
  out.positive[i] = x > 0 ? 1 : 0;
#endif
}
