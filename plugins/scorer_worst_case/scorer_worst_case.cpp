// Score = the smallest speedup over the workloads.
#include <algorithm>
#include <fihost/plugin.hpp>

namespace {

using fihost::sdk::Context;
using fihost::sdk::Score;
using fihost::sdk::ScoreRequest;

class WorstCase final : public fihost::sdk::Scorer {
 public:
  static constexpr const char* id = "scorer.worst_case";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "the smallest speedup over all workloads";
  static constexpr bool concurrent = true;

  Score score(const ScoreRequest& request, const Context&) override {
    const auto all = speedups(request);
    if (!all.reasons.empty()) {
      return {.score = std::nullopt, .passed = all.passed, .reasons = all.reasons};
    }
    const auto worst = std::min_element(all.values.begin(), all.values.end());
    const auto at = static_cast<std::size_t>(worst - all.values.begin());
    return {.score = *worst,
            .passed = all.passed,
            .reasons = {"decided by workload " + request.workloads[at].uuid}};
  }
};

}  // namespace

FIHOST_PLUGIN("scorer_worst_case", WorstCase);
