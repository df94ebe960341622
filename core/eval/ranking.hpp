// From trials to a leaderboard: pure functions over structs, no processes and no files.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/statistics.hpp"
#include "core/build/builder.hpp"
#include "core/eval/device_info.hpp"
#include "core/eval/environment.hpp"
#include "core/model/trial.hpp"
#include "core/model/workload.hpp"

namespace fihost {

/// One candidate on one workload. Times in milliseconds.
struct WorkloadResult {
  std::string uuid;
  std::map<std::string, std::int64_t> axes;  ///< the variable ones
  Trial trial;
  std::optional<Timing> baseline;
  std::optional<double> floor_ms;  ///< the roofline's time; none where it is unknown
  std::optional<Cost> cost;        ///< what the workload states

  [[nodiscard]] std::optional<double> speedup() const;  ///< baseline / latency
  /// 95 %, from the errors of both; none when one of them stands on a single sample.
  [[nodiscard]] std::optional<Interval> speedup_interval() const;
  [[nodiscard]] std::optional<double> roofline_fraction() const;  ///< floor / latency, 1 is perfect
};

struct CandidateResult {
  std::string name;  ///< unique in its ranking
  std::string path;
  double build_seconds = 0;
  bool build_cached = false;
  std::vector<KernelUsage> kernels;  ///< of a source that was compiled for CUDA
  double wall_seconds = 0;           ///< of validating and timing
  std::string measured_at;  ///< UTC, of an earlier run that this was taken from; empty: this run
  std::vector<WorkloadResult> workloads;
  /// Set when no workload could be tried at all, e.g. no definition was found.
  std::optional<Trial> refusal;

  // Filled in by rank():
  int rank = 0;  ///< from 1; candidates that are tied share it
  Status verdict = Status::runtime_error;
  std::optional<double> score;         ///< set only when everything passed
  std::optional<Interval> score_ci;    ///< none when a latency stands on a single sample
  double log_score_sd = 0;             ///< from this candidate's own timing errors
  std::vector<std::string> tied_with;  ///< the others that share the rank
  std::vector<std::string> reasons;    ///< the scorer's remarks
};

struct Ranking {
  std::string definition;  ///< empty: unknown
  DeviceInfo device;
  Environment environment;
  std::string timer;
  std::string flush;
  CorrectnessRule rule = CorrectnessRule::strict;
  std::string baseline_kind = "reference";
  std::string baseline_name;
  std::string scorer;
  std::uint64_t seed = 0;
  double null_call_ms = 0;  ///< what the timer says of a call that does nothing; never subtracted
  std::optional<double> aa_percent;
  std::vector<CandidateResult> candidates;  ///< best first
};

/// What a scorer is asked about one workload, all of which passed.
struct ScoredWorkload {
  std::string uuid;
  std::map<std::string, std::int64_t> axes;
  double latency_ms = 0;
  double baseline_ms = 0;
};

struct ScoreRequest {
  std::string definition, candidate;
  std::string baseline_kind, baseline_name;
  std::vector<ScoredWorkload> workloads;
};

struct Score {
  std::optional<double> value;  ///< none: the scorer does not accept the candidate
  std::vector<std::string> reasons;
};

/// Higher is better. Called a few hundred times for each candidate.
using Scorer = std::function<Score(const ScoreRequest&)>;

/// Two scores closer than this share of each other are never told apart.
inline constexpr double tie_floor = 0.005;
/// The same where one of them was timed in a single process: what differs between processes is then
/// not known.
inline constexpr double quick_tie_floor = 0.02;
/// A normal variable is within so many standard deviations in 95 of 100 cases.
inline constexpr double z975 = 1.96;

/// Standard deviation of log(latency), from its 95 % interval; 0: unknown.
[[nodiscard]] double log_sd(const Timing& timing);

/// Processes that timed every workload of this candidate and the baseline; 0 or 1: no telling how
/// they differ.
[[nodiscard]] std::size_t process_count(const CandidateResult& candidate);

/// The first status that is not passed, in workload order.
[[nodiscard]] Status verdict_of(const CandidateResult& candidate);

/// Fills in verdict, score and its interval; `ranking` tells what the candidate competes in. The interval is a parametric bootstrap: every latency,
/// the baseline's too, is moved log-normally by the error that its own interval tells, and the whole
/// is scored again. The random numbers are fixed, so equal trials give equal intervals.
[[nodiscard]] CandidateResult scored(CandidateResult candidate, const Ranking& ranking,
                                     const Scorer& scorer);

/// Best first, with ranks and ties. A candidate is tied with the best one of its group when their
/// log scores differ by no more than 1.96 combined standard deviations (of the candidates' own
/// errors: the baseline is common to both) or by no more than the tie floor. Those without a score come
/// last, the ones that passed more workloads first.
[[nodiscard]] std::vector<CandidateResult> ranked(std::vector<CandidateResult> candidates);

}  // namespace fihost
