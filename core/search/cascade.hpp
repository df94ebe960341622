// The way of a built child through the evaluation: a few workloads first, then all of them.
#pragma once

#include <string>
#include <vector>

#include "core/search/evaluator.hpp"
#include "core/search/program.hpp"

namespace fihost::search {

/// What is the same for all children of a run.
struct CascadePlan {
  std::vector<std::size_t> screen;  ///< indices of the workloads that come first; empty: no cascade
  double threshold = 0.8;  ///< share of the parent's speed below which a child is not tried on
  bool quick = false;      ///< how all workloads are timed; the first ones always are quickly
};

struct CascadeResult {
  Outcome outcome = Outcome::accepted;  ///< or slower, incorrect, crashed, timed_out, build_failed
  std::string reason;                   ///< unless accepted, one line
  Measured screened;                    ///< the first, quick look
  std::vector<WorkloadResult> all;      ///< in the run's order; empty unless they were tried
  double seconds = 0;                   ///< of the device
};

/// The workloads that tell most: of `count` of them the cheapest, the most expensive, and between
/// them evenly by the baseline's latency. Empty when `count` is 0 or no fewer than there are.
[[nodiscard]] std::vector<std::size_t> choose_screening(
    const std::vector<WorkloadResult>& workloads, std::size_t count);

/// `parent` holds the parent's results on all workloads; empty: no child is too slow.
[[nodiscard]] CascadeResult run_cascade(Evaluator& evaluator, const Contestant& contestant,
                                        const CascadePlan& plan,
                                        const std::vector<WorkloadResult>& parent);

/// What a status says about an attempt, with the workload and the first line of its log.
[[nodiscard]] Outcome outcome_of(Status status);

}  // namespace fihost::search
