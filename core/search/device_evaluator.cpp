#include "core/search/device_evaluator.hpp"

#include <algorithm>
#include <numeric>

#include "core/base/error.hpp"
#include "core/eval/baseline.hpp"
#include "core/eval/judge_request.hpp"
#include "core/eval/paired_comparison.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t least_rounds = 2;

using Trials = std::vector<std::optional<Trial>>;

bool failed(const Trials& trials) {
  return std::any_of(trials.begin(), trials.end(),
                     [](const auto& trial) { return trial && trial->status != Status::passed; });
}

std::vector<std::vector<double>> rounds_of(const Trials& trials) {
  std::vector<std::vector<double>> rounds;
  for (const auto& trial : trials) {
    if (!trial || !trial->timing) {
      throw Error("the judge left a workload of a match without a time", Fault::internal);
    }
    rounds.push_back(trial->timing->processes_ms);
  }
  return rounds;
}

}  // namespace

DeviceEvaluator::DeviceEvaluator(EvaluationRequest request, const Builder& builder,
                                 JudgeEvents events, std::stop_token stop)
    : request_(std::move(request)), events_(std::move(events)) {
  const auto trusted = find_trusted(request_, builder, stop);
  about_ = ranking_head(request_);
  judge_.emplace(judge_settings(request_, trusted), std::move(stop));
  add_judge(about_, judge_->open(events_));
  auto baseline = time_reference(*judge_, request_, trusted, events_);
  about_.baseline_name = std::move(baseline.name);
  baseline_ = std::move(baseline.timings);
}

Measured DeviceEvaluator::measure(const Contestant& contestant, const Effort& effort) {
  auto asked = effort.workloads;
  for (const std::size_t index : asked) {
    if (index < request_.workloads.size()) continue;
    throw Error(
        fmt::format("workload {} is asked for, the run has {}", index, request_.workloads.size()),
        Fault::internal);
  }
  const JudgePart part{.workloads = asked,
                       .quick = effort.quick ? std::optional(true) : std::nullopt};
  if (asked.empty()) {
    asked.resize(request_.workloads.size());
    std::iota(asked.begin(), asked.end(), std::size_t{0});
  }
  auto evaluated = judge_->evaluate(contestant.object, {.part = part}, events_);
  Measured measured;
  measured.seconds = evaluated.seconds;
  measured.judge_end = evaluated.judge_end;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    measured.workloads.push_back(
        workload_result(request_, asked[i], std::move(evaluated.trials[i]), baseline_[asked[i]]));
  }
  return measured;
}

Rematch DeviceEvaluator::rematch(const Contestant& challenger, const Contestant& champion,
                                 std::size_t rounds) {
  const std::size_t played = std::max(rounds, least_rounds);
  const auto matched = judge_->match({challenger.object, champion.object}, played, {}, events_);
  Rematch result;
  result.seconds = matched.seconds;
  result.interval = {1, 1};
  if (!matched.judge_end.empty()) return result;  // nobody's fault that is known
  result.challenger_failed = failed(matched.trials[0]);
  result.champion_failed = failed(matched.trials[1]);
  if (result.challenger_failed || result.champion_failed) return result;
  const auto compared = compare_pairs(
      {.challenger = rounds_of(matched.trials[0]), .champion = rounds_of(matched.trials[1])},
      match_floor(!request_.device.cuda(), played));
  result.ratio = compared.ratio;
  result.interval = compared.interval;
  result.rounds = played;
  result.won = compared.won;
  return result;
}

}  // namespace fihost::search
