// A candidate in a line: the texts that every leaderboard shows.
#pragma once

#include <string>

#include "core/eval/ranking.hpp"

namespace fihost {

/// Each is "-" where there is nothing to say.
struct CandidateSummary {
  std::string rank;         ///< "1 ", or "1=" when it shares its rank
  std::string score;        ///< "2.500"
  std::string interval;     ///< of the score, "[2.485, 2.515]"
  std::string latency;      ///< geometric mean over the workloads
  std::string worst, best;  ///< speedups of one that passed everywhere
  std::string build;        ///< "cached" or its seconds
};

[[nodiscard]] CandidateSummary summary_of(const CandidateResult& candidate);

/// Why a candidate has no score: its first failure with the first line of its log, without control
/// characters.
[[nodiscard]] std::string failure_text(const CandidateResult& candidate);

/// As much of it as names the workload again with --workloads.
[[nodiscard]] std::string short_uuid(const std::string& uuid);

}  // namespace fihost
