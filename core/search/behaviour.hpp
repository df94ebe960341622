// How a program behaves, in words that two programs share when they behave alike: its cell in the
// grid. The edges between cells are fixed, so a cell means the same from a run's first child to its
// last, and in two runs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/search/config.hpp"
#include "core/search/program.hpp"

namespace fihost::search {

/// What `feature_dimensions` may name:
///   registers     most registers a thread, over the kernels
///   shared_bytes  most static shared memory a block, over the kernels
///   launches      kernels in the object
///   spills        most bytes a thread spills and loads again, over the kernels
///   code_bytes    length of the source
///   regime        where it gained most over the seed: small, middle or large workloads, or even
[[nodiscard]] std::span<const std::string_view> known_dimensions();

/// Ascending; each edge belongs to the range below it. Empty: a dimension of words (regime).
[[nodiscard]] std::span<const double> default_edges(std::string_view dimension);

/// The thirds of a run's workloads, and the seed's times on them.
struct Regimes {
  std::vector<int> third;       ///< of each workload: 0 small, 1 middle, 2 large
  std::vector<double> seed_ms;  ///< the seed's latency on each
};
/// Thirds by the baseline's latency, or by the seed's own where a workload has no baseline. Empty
/// below two workloads: there is nothing to be better at.
[[nodiscard]] Regimes regimes_of(const Program& seed);

/// "small", "middle" or "large": the third in which the logarithm of the speedup over the seed is
/// largest. "even" when no third stands out by more than 2 %, as the noise would decide; none when
/// a time is missing.
[[nodiscard]] std::optional<std::string> regime_of(const Program& program, const Regimes& regimes);

/// The cell's text: "registers=49-64 launches=1 regime=small". What is not known of a program is left
/// out. Where nothing is known of kernels, code_bytes is added, so that programs for the CPU have a
/// grid, too. Throws Error (usage) for an unknown dimension.
[[nodiscard]] std::string cell_of(const Program& program, const DatabaseConfig& config,
                                  const Regimes& regimes);

}  // namespace fihost::search
