// A comparison of two rankings, for people and for scripts.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/eval/ranking_comparison.hpp"
#include "core/report/terminal.hpp"

namespace fihost {

/// What differs in how they were measured, a line a candidate, and how many
/// changed in which way. `verbose`: the workloads that changed below their candidates.
[[nodiscard]] std::string comparison_text(const RankingComparison& comparison,
                                          const Terminal& terminal, bool verbose);

/// Schema "fihost.comparison/1": `before` and `after` name the documents.
[[nodiscard]] Json comparison_json(const std::vector<RankingComparison>& comparisons,
                                   const std::string& before, const std::string& after,
                                   double threshold);

}  // namespace fihost
