#include "core/device/match.hpp"

#include <algorithm>

namespace fihost::device {
namespace {

/// One entrant on one workload so far.
struct Tally {
  std::optional<Trial> trial;
  std::vector<Timing> rounds;
};

class Match {
 public:
  Match(const Bench& bench, std::vector<Entrant>& entrants,
        const std::vector<const Workload*>& workloads)
      : bench_(bench),
        entrants_(entrants),
        workloads_(workloads),
        out_(entrants.size()),
        tallies_(entrants.size(), std::vector<Tally>(workloads.size())) {}

  void play_group(std::size_t first, std::size_t count) {
    for (std::size_t i = 0; i < entrants_.size(); ++i) {
      if (!out_[i]) entrants_[i].restart(count);
    }
    for (std::size_t w = 0; w < workloads_.size() && !over(); ++w) {
      const LentSets& sets = bench_.memory.open(*workloads_[w]);
      for (std::size_t process = 0; process < count && !over(); ++process) {
        for (std::size_t turn = 0; turn < entrants_.size(); ++turn) {
          const std::size_t entrant = entrant_at(turn, first + process, w, entrants_.size());
          if (!out_[entrant]) take_turn(entrant, process, w, sets);
        }
      }
    }
  }

  [[nodiscard]] bool over() const { return std::count(out_.begin(), out_.end(), false) < 2; }

  [[nodiscard]] MatchTrials trials() const {
    MatchTrials trials;
    for (const auto& row : tallies_) {
      auto& out = trials.emplace_back();
      for (const Tally& tally : row) {
        out.push_back(tally.trial);
        if (!tally.rounds.empty()) out.back()->timing = merge_processes(tally.rounds);
      }
    }
    return trials;
  }

 private:
  void take_turn(std::size_t entrant, std::size_t process, std::size_t workload,
                 const LentSets& sets) {
    Entrant& playing = entrants_[entrant];
    Tally& tally = tallies_[entrant][workload];
    const Trial trial =
        playing.ready(process) ? playing.examine(process, sets) : *playing.verdict();
    if (trial.status != Status::passed) {
      out_[entrant] = true;
      playing.restart(0);
      tally = {.trial = trial, .rounds = {}};
      return;
    }
    const bool first = tally.rounds.empty();
    tally.rounds.push_back(*trial.timing);
    if (first) {
      tally.trial = trial;
    } else {
      tally.trial->correctness = worse(*tally.trial->correctness, *trial.correctness);
    }
  }

  const Bench& bench_;
  std::vector<Entrant>& entrants_;
  const std::vector<const Workload*>& workloads_;
  std::vector<bool> out_;                    // [entrant]
  std::vector<std::vector<Tally>> tallies_;  // [entrant][workload]
};

}  // namespace

MatchTrials play(const Bench& bench, std::vector<Entrant>& entrants,
                 const std::vector<const Workload*>& workloads, std::size_t rounds) {
  Match match(bench, entrants, workloads);
  const std::size_t group = entrants.front().processes();
  for (std::size_t first = 0; first < rounds && !match.over(); first += group) {
    match.play_group(first, std::min(group, rounds - first));
  }
  return match.trials();
}

}  // namespace fihost::device
