// What was measured, as a FlashInfer Trace.
#pragma once

#include <string>

#include "core/eval/observer.hpp"
#include "core/model/trace.hpp"

namespace fihost {

/// `solution` is its name there. fihost's own figures (intervals, samples, clocks, seed, timer) go to
/// `correctness.extra`, where other tools keep them; `extra.matched_ratio` is flashinfer-bench's.
[[nodiscard]] Trace trace_of(const MeasuredTrial& measured, const std::string& solution,
                             const std::string& version);

/// The candidate's name in traces: a solution's own; else the plain name and eight digits of the
/// content's hash, so that edited code is another solution.
[[nodiscard]] std::string solution_name(const PlannedCandidate& candidate);

}  // namespace fihost
