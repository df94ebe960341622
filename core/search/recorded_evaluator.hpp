// Measurements of an earlier run, given again: a search is repeated without a device.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/search/evaluator.hpp"
#include "core/search/run_store.hpp"

namespace fihost::search {

/// Finds contestants by their source_digest. A contestant, a workload or a rematch that the run never
/// measured is an Error naming it.
class RecordedEvaluator : public Evaluator {
 public:
  /// `about` is what the run's head says, `workloads` the uuids of the run in their order.
  RecordedEvaluator(RunStore run, Ranking about, std::vector<std::string> workloads);

  [[nodiscard]] const Ranking& about() const override;
  /// A quick look is answered by the recorded quick look where there is one, else by the complete
  /// results; a complete one by these alone.
  [[nodiscard]] Measured measure(const Contestant& contestant, const Effort& effort) override;
  /// Several rematches of a pair are given in the order in which they were held.
  [[nodiscard]] Rematch rematch(const Contestant& challenger, const Contestant& champion,
                                std::size_t rounds) override;

 private:
  [[nodiscard]] std::vector<ProgramId> recorded(const Contestant& contestant) const;
  [[nodiscard]] std::vector<std::string> asked(const Effort& effort) const;

  RunStore run_;
  Ranking about_;
  std::vector<std::string> workloads_;
  std::vector<Rematch> rematches_;
  std::vector<bool> given_;  // parallel to rematches_
};

}  // namespace fihost::search
