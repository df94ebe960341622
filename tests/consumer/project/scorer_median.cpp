// Score = the median speedup, minus what the configuration asks for each workload below 1.
#include <algorithm>
#include <fihost/plugin.hpp>

namespace {

using fihost::sdk::Context;
using fihost::sdk::Json;
using fihost::sdk::Score;
using fihost::sdk::ScoreRequest;

class Median final : public fihost::sdk::Scorer {
 public:
  static constexpr const char* id = "scorer.median";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "median speedup, less a penalty for each slower workload";
  static constexpr const char* config_schema = R"({
    "properties": {"penalty": {"type": "number", "minimum": 0, "default": 0}}})";

  Median(const Json& config, const Context&) : penalty_(config.value("penalty", 0.0)) {}

  Score score(const ScoreRequest& request, const Context& context) override {
    auto all = speedups(request);
    if (!all.reasons.empty()) {
      return {.score = std::nullopt, .passed = all.passed, .reasons = all.reasons};
    }
    std::sort(all.values.begin(), all.values.end());
    const auto slower = std::lower_bound(all.values.begin(), all.values.end(), 1.0);
    const auto count = static_cast<double>(slower - all.values.begin());
    if (count > 0) context.log(FIHOST_LOG_INFO, "some workloads are slower than the baseline");
    return {.score = all.values[all.values.size() / 2] - penalty_ * count,
            .passed = all.passed,
            .reasons = {}};
  }

 private:
  double penalty_;
};

}  // namespace

FIHOST_PLUGIN("scorer_median", Median);
