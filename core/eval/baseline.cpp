#include "core/eval/baseline.hpp"

#include "core/base/error.hpp"
#include "core/eval/first_line.hpp"
#include "core/eval/roofline.hpp"
#include "core/eval/workload_filter.hpp"

namespace fihost {

TrustedObjects find_trusted(const EvaluationRequest& request, const Builder& builder,
                            std::stop_token stop) {
  return trusted_objects({.task = request.task,
                          .device = request.device,
                          .prefix = request.prefix,
                          .archs = request.archs,
                          .choice = request.reference},
                         builder, std::move(stop));
}

Ranking ranking_head(const EvaluationRequest& request) {
  Ranking ranking;
  ranking.definition = request.task.definition.name;
  ranking.device = request.device;
  ranking.flush = request.flush;
  ranking.rule = request.rule;
  ranking.scorer = request.scorer;
  ranking.seed = request.seed;
  return ranking;
}

void add_judge(Ranking& ranking, const JudgeReady& ready) {
  ranking.device = ready.device;
  ranking.timer = ready.timer;
  ranking.null_call_ms = ready.null_call_ms;
}

Baseline time_reference(JudgeClient& judge, const EvaluationRequest& request,
                        const TrustedObjects& trusted, const JudgeEvents& events) {
  const auto& object = trusted.reference;
  const auto evaluated = judge.evaluate(object, {.role = "reference"}, events);
  Baseline baseline;
  for (std::size_t i = 0; i < evaluated.trials.size(); ++i) {
    const auto& trial = evaluated.trials[i];
    if (trial.status == Status::passed && trial.timing) {
      baseline.timings.push_back(*trial.timing);
      continue;
    }
    const auto& workload = request.workloads[i];
    fail(
        "the reference of {} got {} on workload {} ({}): {}; leave that workload out with "
        "--workloads, or raise --timeout",
        request.task.definition.name, name(trial.status), workload.uuid, axes_text(workload.axes),
        first_line(trial.log));
  }
  baseline.name = evaluated.name.empty() ? object.filename().string() : evaluated.name;
  baseline.seconds = evaluated.seconds;
  return baseline;
}

WorkloadResult workload_result(const EvaluationRequest& request, std::size_t index, Trial trial,
                               std::optional<Timing> baseline) {
  const auto& workload = request.workloads.at(index);
  return {.uuid = workload.uuid,
          .axes = workload.axes,
          .trial = std::move(trial),
          .baseline = std::move(baseline),
          .floor_ms = roofline_ms(request.device, request.task.definition, workload),
          .cost = workload.cost};
}

}  // namespace fihost
