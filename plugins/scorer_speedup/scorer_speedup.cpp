// Score = geometric mean over the workloads of baseline latency / latency.
#include <cmath>
#include <fihost/plugin.hpp>

namespace {

using fihost::sdk::Context;
using fihost::sdk::Score;
using fihost::sdk::ScoreRequest;

class Speedup final : public fihost::sdk::Scorer {
 public:
  static constexpr const char* id = "scorer.speedup";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "geometric mean of the speedups over all workloads";
  static constexpr bool concurrent = true;

  Score score(const ScoreRequest& request, const Context&) override {
    const auto all = speedups(request);
    if (!all.reasons.empty()) {
      return {.score = std::nullopt, .passed = all.passed, .reasons = all.reasons};
    }
    // Logarithms: a product of many speedups could leave the range of a double.
    double sum = 0;
    for (const double speedup : all.values) sum += std::log(speedup);
    return {.score = std::exp(sum / static_cast<double>(all.values.size())),
            .passed = all.passed,
            .reasons = {}};
  }
};

}  // namespace

FIHOST_PLUGIN("scorer_speedup", Speedup);
