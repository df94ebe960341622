#include "core/search/parent_choice.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/statistics.hpp"
#include "core/eval/ranking.hpp"

namespace fihost::search {
namespace {

constexpr double steepness = 10;

}  // namespace

std::vector<double> parent_weights(std::span<const double> scores,
                                   std::span<const std::size_t> children) {
  const bool positive =
      std::all_of(scores.begin(), scores.end(), [](double score) { return score > 0; });
  std::vector<double> x(scores.begin(), scores.end());
  if (positive) {
    for (double& value : x) value = std::log(value);
  }
  const double centre = median(x);
  std::vector<double> distance;
  for (const double value : x) distance.push_back(std::abs(value - centre));
  const double noise = positive ? tie_floor : tie_floor * std::abs(centre);
  const double scale = std::max({median(distance), noise, std::numeric_limits<double>::min()});
  std::vector<double> weights;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double merit = 1 / (1 + std::exp(-steepness * (x[i] - centre) / scale));
    weights.push_back(merit / (1 + static_cast<double>(children[i])));
  }
  return weights;
}

}  // namespace fihost::search
