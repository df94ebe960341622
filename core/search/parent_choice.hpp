// How likely each program of an island is to become a parent.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace fihost::search {

/// A weight for each program: sigmoid(10 (x - median) / deviation) / (1 + children). x is the logarithm
/// of its score, or the score itself where one of them is not positive; deviation is the median
/// absolute one, but no less than the tie floor, so that noise is no merit. The first factor is free
/// of the score's unit, the second keeps one program from taking the whole budget.
[[nodiscard]] std::vector<double> parent_weights(std::span<const double> scores,
                                                 std::span<const std::size_t> children);

}  // namespace fihost::search
