// Rankings as one HTML file that needs nothing else: no network, no fonts, no other files.
#pragma once

#include <string>
#include <vector>

#include "core/eval/ranking.hpp"

namespace fihost {

/// Leaderboard, heat map, charts, failures and environment, a section a ranking. The rankings stand
/// in it as JSON text in which "<" is escaped; the page's own script turns them into text nodes. A
/// content security policy names the hashes of that script and its style: nothing else can run, and
/// nothing can be fetched.
[[nodiscard]] std::string html_page(const std::vector<Ranking>& rankings);

}  // namespace fihost
