// Several candidates timed in turns: what they differ by is then not when they were measured.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/device/entrant.hpp"
#include "core/model/trial.hpp"
#include "core/model/workload.hpp"

namespace fihost::device {

/// [entrant][workload]. None: the match was over, or this entrant was out of it, before its turn.
using MatchTrials = std::vector<std::vector<std::optional<Trial>>>;

/// Who plays as number `turn` of `entrants` on a workload: the first one alternates with the round and
/// with the workload.
[[nodiscard]] constexpr std::size_t entrant_at(std::size_t turn, std::size_t round,
                                               std::size_t workload, std::size_t entrants) {
  return (turn + round + workload) % entrants;
}

/// In every round each entrant is held by a fresh process, which is checked and timed on every
/// workload. On each workload they follow each other directly, see entrant_at(). Rounds go in groups of as many as the entrants have processes, so
/// that no more of them live at once; a group opens each workload once.
///
/// A trial that passed has one latency a round in `processes_ms`. An entrant that does not pass is
/// out: the trial of that workload says why. The match ends when fewer than two are left.
[[nodiscard]] MatchTrials play(const Bench& bench, std::vector<Entrant>& entrants,
                               const std::vector<const Workload*>& workloads, std::size_t rounds);

}  // namespace fihost::device
