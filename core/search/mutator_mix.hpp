// Which mutator makes the next child: those that have gained most for their time, more often.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/search/config.hpp"
#include "core/search/random.hpp"

namespace fihost::search {

/// The configured weights are what is believed at first. Then a mutator's share goes with its
/// confirmed gain per second, old attempts counting less and less, and nobody falls below a twentieth
/// of its configured share. Who has not had its turn yet counts as gaining as much as the best one. A
/// mutator that has nothing to propose several times in a row sleeps for a while, longer each time. One
/// thread.
class MutatorMix {
 public:
  /// Throws Error (usage) when no mutator has a positive weight, or two have one id.
  explicit MutatorMix(const std::vector<MutatorConfig>& mutators);

  /// The id of the mutator for the next attempt; wakes the sleepers whose time has come. When all
  /// sleep, the one that would wake first.
  [[nodiscard]] std::string choose(Random& random);

  /// An attempt of `id` was evaluated, or failed on the way, after `seconds` of proposing, building and
  /// evaluating. `log_gain`: logarithm of the new champion's confirmed speed over the old one's; 0 when
  /// the champion stays. Where two runs are to be equal, pass one second for each attempt: a clock is
  /// not the same twice. Ids that are not configured are ignored.
  void record(const std::string& id, double log_gain, double seconds);

  /// `id` had nothing to propose, or its edit did not apply.
  void record_no_proposal(const std::string& id, double seconds);

  struct Share {
    std::string id;
    double probability = 0;    ///< of the next draw; 0: it sleeps
    double configured = 0;     ///< share of the configured weights
    double gain_per_hour = 0;  ///< in logarithms, decayed
    std::size_t attempts = 0;
    std::size_t asleep = 0;  ///< draws until it wakes
  };
  /// In the order of the configuration.
  [[nodiscard]] std::vector<Share> shares() const;

  /// What was learnt. restore() takes what it finds of the mutators that are configured now and
  /// starts afresh with the others; it throws Error when `state` is damaged.
  [[nodiscard]] Json state() const;
  void restore(const Json& state);

 private:
  struct Arm {
    std::string id;
    double prior = 0;              ///< share of the configured weights
    double gain = 0, seconds = 0;  ///< decayed sums
    std::size_t attempts = 0;
    std::size_t fruitless = 0;  ///< attempts in a row without a proposal
    std::size_t asleep = 0;     ///< draws until it wakes
  };

  [[nodiscard]] Arm* arm(const std::string& id);
  [[nodiscard]] std::vector<double> probabilities() const;
  /// What one mutator has above its cap goes to the others. `awake`: sum of the priors.
  void limit(std::vector<double>& wanted, double awake) const;
  void add(Arm& arm, double gain, double seconds);

  std::vector<Arm> arms_;
};

}  // namespace fihost::search
