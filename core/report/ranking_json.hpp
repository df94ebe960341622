// The machine-readable leaderboard: schema "fihost.ranking/1" (docs/reports.md).
#pragma once

#include "core/base/json.hpp"
#include "core/eval/ranking.hpp"

namespace fihost {

/// Errors that are not finite are the strings "Infinity" and "NaN"; everything unknown is null.
[[nodiscard]] Json to_json(const Ranking& ranking);

/// One document for any number of rankings: the ranking itself, or "fihost.rankings/1" around them.
[[nodiscard]] Json to_json(const std::vector<Ranking>& rankings);

}  // namespace fihost
