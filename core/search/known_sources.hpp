// Every source and machine code that a run has tried, so that nothing is tried twice.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/search/program.hpp"

namespace fihost::search {

/// Thread-safe.
class KnownSources {
 public:
  struct Known {
    AttemptId attempt = 0;  ///< 0: the seed
    Outcome outcome = Outcome::pending;
  };

  /// Takes `digest` for `attempt`; says who has it already, if anybody does. An empty digest is
  /// nobody's.
  [[nodiscard]] std::optional<Known> claim(const std::string& digest, AttemptId attempt);
  /// What became of the attempt that has it.
  void settle(const std::string& digest, AttemptId attempt, Outcome outcome);
  /// Gives back what `attempt` claimed and did not come to try.
  void release(AttemptId attempt);

 private:
  std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace fihost::search
