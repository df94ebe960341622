// How long a run goes on without an improvement.
#pragma once

#include <cstddef>
#include <optional>

#include "core/base/json.hpp"

namespace fihost::search {

/// Counts evaluated children. Attempts that came to no child do not count, and what lies within the
/// noise is no improvement: only one that was confirmed against the champion is.
class Patience {
 public:
  /// 0: never spent.
  explicit Patience(std::size_t limit) : limit_(limit) {}

  void evaluated(bool improvement) { stale_ = improvement ? 0 : stale_ + 1; }
  /// Children since the last improvement.
  [[nodiscard]] std::size_t stale() const { return stale_; }
  [[nodiscard]] bool spent() const { return limit_ > 0 && stale_ >= limit_; }
  /// Children until it is spent; none: never.
  [[nodiscard]] std::optional<std::size_t> left() const;

  [[nodiscard]] Json state() const;
  /// The limit is the configuration's. Throws Error when `state` is damaged.
  void restore(const Json& state);

 private:
  std::size_t limit_;
  std::size_t stale_ = 0;
};

}  // namespace fihost::search
