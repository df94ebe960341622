// What a run of the evolution has come to: pure functions over its record.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/report/run_record.hpp"

namespace fihost {

/// The speed of one program over another's.
struct SpeedRatio {
  double value = 1;
  std::optional<Interval> interval;  ///< 95 %; none where a latency stands on a single sample
  bool rematch = false;              ///< timed in turns; otherwise from the latencies of each
};

/// A program that became the champion.
struct ChampionStep {
  search::ProgramId program = 0;
  std::optional<SpeedRatio> gain;       ///< over the champion before; none for the seed
  std::optional<SpeedRatio> over_seed;  ///< from the latencies
};

struct MutatorTally {
  std::string mutator;
  std::size_t proposed = 0, evaluated = 0, accepted = 0, improved = 0;
  double seconds = 0;  ///< proposing, building and measuring
  double gain = 1;     ///< product of the confirmed steps that it made
};

/// What models were asked.
struct ModelCost {
  std::size_t exchanges = 0, failed = 0;
  double input_tokens = 0, output_tokens = 0;
  std::optional<double> usd;  ///< none: no price is known
  double seconds = 0;
};

struct RunStanding {
  search::ProgramId seed = 0, best = 0;  ///< 0: there is none yet
  std::optional<SpeedRatio> over_seed;   ///< of the best
  std::vector<ChampionStep> champions;   ///< the seed first
  std::size_t proposals = 0, evaluated = 0, improvements = 0;
  std::map<search::Outcome, std::size_t> outcomes;
  std::vector<MutatorTally> mutators;  ///< by name
  ModelCost models;
  double propose_seconds = 0, build_seconds = 0, device_seconds = 0;
};

/// Geometric mean over the workloads that both passed, which must be all; none: they are not
/// comparable. The interval comes from the errors of the timings.
[[nodiscard]] std::optional<SpeedRatio> speed_ratio(const CandidateResult& fast,
                                                    const CandidateResult& slow);

[[nodiscard]] RunStanding standing_of(const RunRecord& run);

/// From `program` to the seed by first parents, the seed last.
[[nodiscard]] std::vector<search::ProgramId> ancestry(const RunRecord& run,
                                                      search::ProgramId program);

}  // namespace fihost
