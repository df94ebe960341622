// How an evaluation tells what it is doing. All calls come from the thread that evaluates.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "core/build/builder.hpp"
#include "core/eval/plan.hpp"
#include "core/eval/ranking.hpp"
#include "core/model/trial.hpp"
#include "core/model/workload.hpp"

namespace fihost {

/// A candidate's result on one workload, as soon as there is one.
struct MeasuredTrial {
  const Ranking& run;  ///< device, timer and so on; its candidates are not there yet
  const PlannedCandidate& candidate;
  const Workload& workload;
  const Trial& trial;
  std::optional<Timing> baseline;
};

/// Each function may be empty.
struct Observer {
  /// A line for people: what is being waited for, what may take long.
  std::function<void(const std::string& text)> note;
  /// Evaluation starts; `steps` trials are to come, the baseline's included.
  std::function<void(std::size_t steps)> began;
  std::function<void(const std::string& candidate, const BuildResult& result)> built;
  /// The reference has been timed on every workload.
  std::function<void(double seconds)> baseline;
  /// `workload` is for people: "3/19 seq_len=64".
  std::function<void(const std::string& candidate, const std::string& workload,
                     const std::string& stage)>
      stage;
  std::function<void(const std::string& candidate, const Trial& trial)> trial;
  /// For the record: each trial once, those of rejected candidates and of builds that failed, too, but
  /// not what was taken from earlier runs.
  std::function<void(const MeasuredTrial& measured)> measured;
  /// `steps` trials of it were not made one by one (it was refused, or the judge died).
  std::function<void(const std::string& candidate, Status verdict, double seconds,
                     std::size_t steps)>
      finished;
};

}  // namespace fihost
