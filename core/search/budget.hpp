// What a run has cost, over all its processes, and what it may still cost.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/base/json.hpp"
#include "core/search/config.hpp"

namespace fihost::search {

/// Each is 0 or more; what is not finite or negative counts as 0.
struct Spending {
  double llm_tokens = 0;    ///< prompt and reply
  double usd = 0;           ///< 0 where no price is known
  double gpu_seconds = 0;   ///< of evaluations, over all devices
  double wall_seconds = 0;  ///< of the run's processes, one after the other
};

class Budget {
 public:
  explicit Budget(const BudgetConfig& limits) : limits_(limits) {}

  void add(const Spending& more);
  [[nodiscard]] const Spending& spent() const { return spent_; }

  /// Which limit is reached: "llm_tokens: 10250 of 10000"; the first of several. None: go on.
  [[nodiscard]] std::optional<std::string> exhausted() const;

  /// For how many more children what is left will do, at their mean cost until now: of the limit that
  /// is reached first. None: no limit, or nothing spent on one yet.
  [[nodiscard]] std::optional<double> children_left(std::size_t evaluated) const;

  [[nodiscard]] Json state() const;
  /// The limits are the configuration's. Throws Error when `state` is damaged.
  void restore(const Json& state);

 private:
  BudgetConfig limits_;
  Spending spent_;
};

}  // namespace fihost::search
