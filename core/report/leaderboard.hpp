// A ranking for people: the leaderboard, and one candidate's workloads.
#pragma once

#include <string>

#include "core/eval/ranking.hpp"
#include "core/report/terminal.hpp"

namespace fihost {

/// What was measured on what, then a line a candidate, then why the others failed. Rows whose scores
/// cannot be told apart show their rank with "=".
[[nodiscard]] std::string leaderboard(const Ranking& ranking, const Terminal& terminal);

/// A line a workload: status, latency with the half-width of its interval, baseline, errors.
[[nodiscard]] std::string workload_table(const CandidateResult& candidate,
                                         const Terminal& terminal);

/// "definition, 19 workloads, NVIDIA H200 (sm_90, driver 580)" and what follows from it.
[[nodiscard]] std::string heading(const Ranking& ranking, const Terminal& terminal);

}  // namespace fihost
