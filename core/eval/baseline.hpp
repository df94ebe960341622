// What everything that measures one task has in common: the trusted objects, the reference's own
// time, and results that refer to it.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/eval/evaluation.hpp"
#include "core/eval/judge_client.hpp"
#include "core/eval/ranking.hpp"
#include "core/eval/trusted_objects.hpp"

namespace fihost {

/// trusted_objects() of the request's task, device and choice.
[[nodiscard]] TrustedObjects find_trusted(const EvaluationRequest& request, const Builder& builder,
                                          std::stop_token stop);

/// A ranking without candidates that says what is asked for. What a judge tells comes later.
[[nodiscard]] Ranking ranking_head(const EvaluationRequest& request);
void add_judge(Ranking& ranking, const JudgeReady& ready);

/// The reference, timed through the path that candidates take.
struct Baseline {
  std::string name;
  std::vector<Timing> timings;  ///< parallel to EvaluationRequest::workloads
  double seconds = 0;
};

/// On all workloads. Throws Error naming the workload on which the reference does not pass.
[[nodiscard]] Baseline time_reference(JudgeClient& judge, const EvaluationRequest& request,
                                      const TrustedObjects& trusted, const JudgeEvents& events);

/// `trial` of workload `index` of the request, with all that is known beside it.
[[nodiscard]] WorkloadResult workload_result(const EvaluationRequest& request, std::size_t index,
                                             Trial trial, std::optional<Timing> baseline);

}  // namespace fihost
