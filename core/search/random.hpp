// Random choices that are the same with every standard library, and whose state can be saved. The
// standard fixes the numbers of std::mt19937_64, but not what its distributions make of them.
#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <string>

namespace fihost::search {

/// Random numbers whose state can be saved.
using Random = std::mt19937_64;

/// In [0, 1), with 53 random bits.
[[nodiscard]] double draw_unit(Random& random);

/// In 0 .. count-1, without bias. `count` must not be 0.
[[nodiscard]] std::size_t draw_below(Random& random, std::size_t count);

/// An index with probability in proportion to its weight. Weights that are not finite or not positive
/// count as 0; when all are 0, every index is as likely. `weights` must not be empty.
[[nodiscard]] std::size_t draw_weighted(Random& random, std::span<const double> weights);

/// The generator's state as text, and back. Throws Error when the text is no such state.
[[nodiscard]] std::string save_random(const Random& random);
[[nodiscard]] Random restore_random(const std::string& text);

}  // namespace fihost::search
