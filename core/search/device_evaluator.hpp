// Measures on a real device: a judge, and the task's reference as the baseline.
#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "core/build/builder.hpp"
#include "core/eval/evaluation.hpp"
#include "core/eval/judge_client.hpp"
#include "core/search/evaluator.hpp"

namespace fihost::search {

/// Owns the judge. What is wrong with an object is for the judge to find: nothing is looked into here.
class DeviceEvaluator : public Evaluator {
 public:
  /// Of `request` everything counts but the candidates, their builds and what --resume is about.
  /// Builds the trusted objects where they are not installed, opens the judge, and times the
  /// reference on all workloads, once for the whole life of this. Throws Error when there is no
  /// evidence to be had (no reference, no judge, a reference that fails); Cancelled on stop.
  DeviceEvaluator(EvaluationRequest request, const Builder& builder, JudgeEvents events,
                  std::stop_token stop);

  [[nodiscard]] const Ranking& about() const override { return about_; }

  /// As in a ranking. After a judge that died the next call starts a new one, with the same seed; the
  /// baseline is kept.
  [[nodiscard]] Measured measure(const Contestant& contestant, const Effort& effort) override;

  /// At least two rounds are played: one would tell nothing of its own noise.
  [[nodiscard]] Rematch rematch(const Contestant& challenger, const Contestant& champion,
                                std::size_t rounds) override;

 private:
  EvaluationRequest request_;
  JudgeEvents events_;
  Ranking about_;
  std::vector<Timing> baseline_;      // parallel to request_.workloads
  std::optional<JudgeClient> judge_;  // set when constructed
};

}  // namespace fihost::search
