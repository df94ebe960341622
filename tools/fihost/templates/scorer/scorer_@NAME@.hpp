// Score = the mean of the logarithms of the speedups, base 2: +1 is twice as fast as the baseline.
#pragma once

#include <cmath>
#include <fihost/plugin.hpp>

class Scorer final : public fihost::sdk::Scorer {
 public:
  static constexpr const char* id = "scorer.@NAME@";
  static constexpr const char* version = "0.1.0";
  static constexpr const char* summary = "mean binary logarithm of the speedups";
  static constexpr bool concurrent = true;

  /// Depends on the request alone; higher is better.
  fihost::sdk::Score score(const fihost::sdk::ScoreRequest& request,
                           const fihost::sdk::Context&) override {
    const auto all = fihost::sdk::speedups(request);
    if (!all.reasons.empty()) {
      return {.score = std::nullopt, .passed = all.passed, .reasons = all.reasons};
    }
    double sum = 0;
    for (const double speedup : all.values) sum += std::log2(speedup);
    return {.score = sum / static_cast<double>(all.values.size()),
            .passed = all.passed,
            .reasons = {}};
  }
};
