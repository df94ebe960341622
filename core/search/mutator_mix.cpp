#include "core/search/mutator_mix.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/base/error.hpp"

namespace fihost::search {
namespace {

/// What an attempt still counts after each later attempt of anybody: half after 35.
constexpr double decay = 0.98;
/// Attempts that a mutator is believed without a gain of its own, at the mean length of an attempt.
constexpr double trusted_attempts = 3;
constexpr double floor_share = 0.05;  ///< of the configured share
constexpr double cap = 0.8;           ///< of all draws, unless more is configured
constexpr std::size_t patience = 3;   ///< fruitless attempts before the first sleep
constexpr std::size_t first_sleep = 8, longest_sleep = 512;  ///< draws

double usable(double value) { return std::isfinite(value) && value > 0 ? value : 0; }

std::size_t sleep_after(std::size_t fruitless) {
  const auto times = std::min<std::size_t>(fruitless - patience, 16);
  return std::min(first_sleep << times, longest_sleep);
}

}  // namespace

MutatorMix::MutatorMix(const std::vector<MutatorConfig>& mutators) {
  std::set<std::string> ids;
  double total = 0;
  for (const auto& mutator : mutators) {
    if (!ids.insert(mutator.id).second) {
      throw Error(fmt::format("mutators: \"{}\" is listed twice; give it one weight", mutator.id),
                  Fault::usage);
    }
    Arm arm;
    arm.id = mutator.id;
    arm.prior = usable(mutator.weight);
    total += arm.prior;
    arms_.push_back(std::move(arm));
  }
  if (!(total > 0)) {
    throw Error("mutators: none has a weight above 0; there is nobody to make a child",
                Fault::usage);
  }
  for (auto& arm : arms_) arm.prior /= total;
}

MutatorMix::Arm* MutatorMix::arm(const std::string& id) {
  const auto found =
      std::find_if(arms_.begin(), arms_.end(), [&](const Arm& arm) { return arm.id == id; });
  return found != arms_.end() ? &*found : nullptr;
}

std::vector<double> MutatorMix::probabilities() const {
  double seconds = 0, attempts = 0, best = 0;
  for (const auto& arm : arms_) {
    seconds += arm.seconds;
    attempts += static_cast<double>(arm.attempts);
  }
  // An arm's own time, and some at the best arm's rate: what has not been tried is as good as that.
  const double counted = (1 - std::pow(decay, attempts)) / (1 - decay);
  const double trusted = attempts > 0 ? trusted_attempts * std::max(seconds / counted, 1e-9) : 1;
  for (const auto& arm : arms_) best = std::max(best, arm.gain / (arm.seconds + trusted));
  std::vector<double> wanted(arms_.size());
  double awake = 0, total = 0;
  for (std::size_t i = 0; i < arms_.size(); ++i) {
    const auto& arm = arms_[i];
    if (arm.asleep > 0) continue;
    const double rate = (arm.gain + best * trusted) / (arm.seconds + trusted);
    wanted[i] = arm.prior * (best > 0 ? rate / best : 1);
    awake += arm.prior;
    total += wanted[i];
  }
  if (!(total > 0)) return wanted;
  for (std::size_t i = 0; i < arms_.size(); ++i) {
    if (arms_[i].asleep > 0) continue;
    wanted[i] = floor_share * arms_[i].prior / awake + (1 - floor_share) * wanted[i] / total;
  }
  limit(wanted, awake);
  return wanted;
}

void MutatorMix::limit(std::vector<double>& wanted, double awake) const {
  // One at most: the cap is above a half.
  const auto most = std::max_element(wanted.begin(), wanted.end());
  const auto& arm = arms_[static_cast<std::size_t>(most - wanted.begin())];
  const double allowed = std::max(cap, arm.prior / awake);
  if (*most <= allowed) return;
  const double stretch = (1 - allowed) / (1 - *most);
  for (auto& each : wanted) each *= stretch;
  *most = allowed;
}

std::string MutatorMix::choose(Random& random) {
  for (auto& arm : arms_) {
    if (arm.asleep > 0) --arm.asleep;
  }
  const auto able = [](const Arm& arm) { return arm.prior > 0; };
  if (std::none_of(arms_.begin(), arms_.end(),
                   [&](const Arm& arm) { return able(arm) && arm.asleep == 0; })) {
    Arm* first = nullptr;
    for (auto& arm : arms_) {
      if (able(arm) && (first == nullptr || arm.asleep < first->asleep)) first = &arm;
    }
    first->asleep = 0;
    return first->id;
  }
  return arms_[draw_weighted(random, probabilities())].id;
}

void MutatorMix::add(Arm& arm, double gain, double seconds) {
  for (auto& each : arms_) {
    each.gain *= decay;
    each.seconds *= decay;
  }
  arm.gain += usable(gain);
  arm.seconds += usable(seconds);
  ++arm.attempts;
}

void MutatorMix::record(const std::string& id, double log_gain, double seconds) {
  Arm* const arm = this->arm(id);
  if (arm == nullptr) return;
  add(*arm, log_gain, seconds);
  arm->fruitless = 0;
  arm->asleep = 0;
}

void MutatorMix::record_no_proposal(const std::string& id, double seconds) {
  Arm* const arm = this->arm(id);
  if (arm == nullptr) return;
  add(*arm, 0, seconds);
  if (++arm->fruitless >= patience) arm->asleep = sleep_after(arm->fruitless);
}

std::vector<MutatorMix::Share> MutatorMix::shares() const {
  const auto probability = probabilities();
  std::vector<Share> all;
  for (std::size_t i = 0; i < arms_.size(); ++i) {
    const auto& arm = arms_[i];
    Share share;
    share.id = arm.id;
    share.probability = probability[i];
    share.configured = arm.prior;
    share.gain_per_hour = arm.seconds > 0 ? 3600 * arm.gain / arm.seconds : 0;
    share.attempts = arm.attempts;
    share.asleep = arm.asleep;
    all.push_back(std::move(share));
  }
  return all;
}

Json MutatorMix::state() const {
  Json arms = Json::array();
  for (const auto& arm : arms_) {
    arms.push_back({{"id", arm.id},
                    {"gain", arm.gain},
                    {"seconds", arm.seconds},
                    {"attempts", arm.attempts},
                    {"fruitless", arm.fruitless},
                    {"asleep", arm.asleep}});
  }
  return {{"arms", std::move(arms)}};
}

void MutatorMix::restore(const Json& state) {
  std::vector<Arm> arms = arms_;
  for (auto& arm : arms) arm = {arm.id, arm.prior, 0, 0, 0, 0, 0};
  try {
    for (const auto& item : state.at("arms")) {
      const auto id = item.at("id").get<std::string>();
      const auto mine =
          std::find_if(arms.begin(), arms.end(), [&](const Arm& arm) { return arm.id == id; });
      if (mine == arms.end()) continue;
      mine->gain = usable(item.at("gain").get<double>());
      mine->seconds = usable(item.at("seconds").get<double>());
      mine->attempts = item.at("attempts").get<std::size_t>();
      mine->fruitless = item.at("fruitless").get<std::size_t>();
      mine->asleep = item.at("asleep").get<std::size_t>();
    }
  } catch (const Json::exception& error) {
    fail("the saved weights of the mutators cannot be read: {}; the run's file is damaged",
         error.what());
  }
  arms_ = std::move(arms);
}

}  // namespace fihost::search
