// What one pass over an output and its expectation finds. Devices count; judgement.hpp decides.
#pragma once

#include <cstdint>

#include "core/device/elements.hpp"
#include "core/model/definition.hpp"

namespace fihost::device {

/// A patch is this many consecutive elements of a row. Forgiven failures that are rounding spread
/// evenly, so that no patch holds many; a wrong tile of a matrix product fills its patches.
constexpr std::uint32_t patch_elements = 128;
/// A shorter rest of a row is too small to tell chance from damage, and is not judged.
constexpr std::uint32_t least_patch_elements = 32;
/// Longer rows are cut, so that one worker has one piece.
constexpr std::uint64_t longest_row = 8192;

/// How an output is cut into rows: its last dimension, shorter ones joined and longer ones cut.
struct RowGrid {
  std::uint64_t elements = 0;
  std::uint64_t length = 0;  ///< of the last dimension, or of everything where that is too short
  std::uint64_t piece = 0;   ///< elements of a row as it is judged; the last of a length has fewer

  std::uint64_t pieces = 0;  ///< of one length

  [[nodiscard]] FIHOST_BOTH std::uint64_t rows() const {
    return elements == 0 ? 0 : elements / length * pieces;
  }
  [[nodiscard]] FIHOST_BOTH std::uint64_t begin(std::uint64_t row) const {
    if (pieces == 1) return row * length;
    const std::uint64_t whole = row < pieces ? 0 : row / pieces;  // spares a slow division
    return whole * length + (row - whole * pieces) * piece;
  }
  [[nodiscard]] FIHOST_BOTH std::uint64_t end(std::uint64_t row) const {
    const std::uint64_t start = begin(row);
    if (pieces == 1) return start + length;
    const std::uint64_t whole = row < pieces ? 0 : row / pieces;
    const std::uint64_t stop = (whole + 1) * length;
    return stop - start < piece ? stop : start + piece;
  }
};

[[nodiscard]] constexpr RowGrid row_grid(std::uint64_t elements, std::uint64_t last_dimension) {
  const bool narrow = last_dimension < least_patch_elements;
  const std::uint64_t length = narrow ? elements : last_dimension;
  const std::uint64_t piece = narrow ? patch_elements : length < longest_row ? length : longest_row;
  return {elements, length, piece, (length + piece - 1) / piece};
}

/// A patch is wrong when more of its elements fail: half, or twice the share that the tolerance
/// forgives where that is more.
[[nodiscard]] constexpr float wrong_patch_share(const Tolerance& tolerance) {
  const double forgiven = 1.0 - tolerance.required_matched_ratio.value_or(1.0);
  return static_cast<float>(forgiven > 0.25 ? 2 * forgiven : 0.5);
}

/// Failures of one row and which it is, as a number of which the largest is the worst row: most
/// failures first, then the lowest index.
constexpr int row_index_bits = 48;
[[nodiscard]] FIHOST_BOTH constexpr std::uint64_t pack_row(std::uint64_t failures,
                                                           std::uint64_t row) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << row_index_bits) - 1;
  return failures << row_index_bits | (mask - row);
}

/// What to look for.
struct CompareRequest {
  DType dtype = DType::float32;
  RowGrid grid;
  Tolerance tolerance;
  std::uint8_t poison = 0;  ///< the byte that filled the output before it was written
};

/// Integers and truth values have no NaN and no infinity.
template <DType D>
constexpr bool has_nonfinite = D <= DType::float8_e5m2;

/// What was found. Failures and errors are FlashInfer Trace's, in float32, over the elements that
/// are finite on both sides.
struct Comparison {
  std::uint64_t total = 0;
  std::uint64_t failures = 0;  ///< abs > atol and rel > rtol
  float max_abs = 0;
  float max_rel = 0;
  bool has_infinity = false;  ///< in the output
  bool has_nan = false;
  bool reference_infinity = false;
  bool reference_nan = false;
  std::uint64_t nonfinite_mismatches = 0;  ///< neither both finite, nor the same infinity, nor NaN
  std::uint64_t poisoned = 0;              ///< elements whose bits are the poison's
  std::uint64_t wrong_rows = 0;            ///< rows with a wrong patch
  std::uint64_t worst_row = 0;             ///< pack_row() of the worst of them
  float worst_patch = 0;                   ///< largest share of failures in a judged patch
};

/// The index of a packed row, and its failures.
[[nodiscard]] constexpr std::uint64_t packed_row(std::uint64_t packed) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << row_index_bits) - 1;
  return mask - (packed & mask);
}
[[nodiscard]] constexpr std::uint64_t packed_failures(std::uint64_t packed) {
  return packed >> row_index_bits;
}

/// One element that is not finite on one side at least.
struct Nonfinite {
  std::uint32_t mismatch;
  std::uint32_t has_infinity, has_nan;  ///< in the output
  std::uint32_t reference_infinity, reference_nan;
};
FIHOST_BOTH inline bool is_finite(float x) { return (float_bits(x) & 0x7f800000u) != 0x7f800000u; }
FIHOST_BOTH inline bool is_nan(float x) { return (float_bits(x) & 0x7fffffffu) > 0x7f800000u; }
FIHOST_BOTH inline Nonfinite look_at_nonfinite(float y, float x) {
  const bool same = (is_nan(x) && is_nan(y)) || float_bits(x) == float_bits(y);
  return {same ? 0u : 1u, !is_finite(x) && !is_nan(x) ? 1u : 0u, is_nan(x) ? 1u : 0u,
          !is_finite(y) && !is_nan(y) ? 1u : 0u, is_nan(y) ? 1u : 0u};
}

}  // namespace fihost::device
