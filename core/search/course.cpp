#include "core/search/course.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.hpp"
#include "core/search/fitness.hpp"

namespace fihost::search {
namespace {

/// Chance that a mutator that asks a model gets a wrong program to repair, where there is one.
constexpr double repair_probability = 0.15;
/// Wrong programs that are remembered for that.
constexpr std::size_t most_wrong = 8;
/// A clock is not the same twice: what an attempt costs in a run that has to be repeatable.
constexpr double nominal_seconds = 1;

}  // namespace

Course::Course(const EvolveConfig& config, FindProgram find)
    : config_(config),
      find_(find),
      random_(config.random_seed),
      population_(config.database, std::move(find)),
      mix_(config.mutators),
      patience_(config.early_stopping_patience),
      budget_(config.budget) {}

std::optional<ProgramId> Course::wrong_for(const std::string& mutator, int island) {
  if (wrong_.empty() || !ask_models_.contains(mutator)) return std::nullopt;
  if (draw_unit(random_) >= repair_probability) return std::nullopt;
  const auto found = std::find_if(wrong_.rbegin(), wrong_.rend(),
                                  [&](ProgramId id) { return find_(id).island == island; });
  if (found == wrong_.rend()) return std::nullopt;
  const auto id = *found;
  wrong_.erase(std::next(found).base());
  return id;
}

Attempt Course::assign(AttemptId id) {
  Attempt attempt;
  attempt.id = id;
  attempt.island = population_.next_island();
  attempt.mutator = mix_.choose(random_);
  if (const auto wrong = wrong_for(attempt.mutator, attempt.island)) {
    attempt.parents.push_back(*wrong);
  } else {
    const auto parent = population_.choose_parent(attempt.island, random_);
    attempt.parents.push_back(parent);
    if (const auto partner = population_.complement(attempt.island, parent)) {
      attempt.parents.push_back(partner);
    }
  }
  const auto& prompt = config_.prompt;
  const auto parent = attempt.parents.front();
  for (const auto other : population_.inspirations(attempt.island, parent, prompt.num_top_programs,
                                                   prompt.num_diverse_programs, random_)) {
    const auto& known = attempt.parents;
    if (std::find(known.begin(), known.end(), other) == known.end()) {
      attempt.parents.push_back(other);
    }
  }
  // Below 2^53, so that the number survives readers of JSON that know doubles only.
  attempt.seed = random_() >> 11;
  population_.count_child(parent);
  ++proposals_;
  return attempt;
}

double Course::cost_of(const Attempt& attempt) const {
  if (config_.deterministic) return nominal_seconds;
  return attempt.propose_seconds + attempt.build_seconds + attempt.evaluate_seconds;
}

void Course::count(const Attempt& attempt, bool asked_model) {
  ++outcomes_[std::string(name(attempt.outcome))];
  if (asked_model) ask_models_.insert(attempt.mutator);
}

void Course::fail(const Attempt& attempt, bool asked_model) {
  count(attempt, asked_model);
  population_.count_failed(attempt.island);
  ++failures_in_a_row_;
  last_failure_ = attempt.reason;
  if (attempt.outcome == Outcome::no_proposal || attempt.outcome == Outcome::duplicate) {
    mix_.record_no_proposal(attempt.mutator, cost_of(attempt));
  } else {
    mix_.record(attempt.mutator, 0, cost_of(attempt));
  }
}

bool Course::challenges(const Program& program) const {
  if (!eligible(program)) return false;
  return ahead(program, find_(population_.champion()));
}

bool Course::beats_owner(const Program& program, const std::optional<Rematch>& rematch) const {
  const auto owner = population_.owner(program, program.island);
  if (owner == 0) return true;
  if (rematch && owner == rematch->champion) return rematch->won;
  const auto& other = find_(owner);
  if (!clearly_ahead(program, other)) return false;
  const double gap = std::log(*program.result.score / *other.result.score);
  return gap > z975 * std::hypot(program.result.log_score_sd, other.result.log_score_sd);
}

Settlement Course::settle(const Attempt& attempt, const Program& program,
                          const std::optional<Rematch>& rematch, bool asked_model) {
  count(attempt, asked_model);
  ++iteration_;
  failures_in_a_row_ = 0;
  Settlement settled;
  if (eligible(program)) {
    settled.admission = population_.admit(program, program.island, beats_owner(program, rematch));
    settled.gone = settled.admission.evicted;
    settled.improvement = settled.admission.entered && rematch && rematch->won &&
                          rematch->champion == population_.champion();
  } else if (attempt.outcome != Outcome::slower) {
    wrong_.push_back(program.id);
    if (wrong_.size() > most_wrong) wrong_.pop_front();
  }
  if (settled.improvement) {
    population_.set_champion(program.id);
    ++improvements_;
  }
  patience_.evaluated(settled.improvement);
  if (patience_.stale() == 0) restarted_at_ = 0;
  mix_.record(attempt.mutator, settled.improvement ? std::log(rematch->ratio) : 0,
              cost_of(attempt));
  population_.count_evaluated(program.island);
  settled.migrations = population_.migrate(program.island);
  for (const auto& migration : settled.migrations) {
    const auto& evicted = migration.admission.evicted;
    settled.gone.insert(settled.gone.end(), evicted.begin(), evicted.end());
  }
  restart_when_stale(settled);
  return settled;
}

void Course::expel(ProgramId program) {
  if (program == population_.champion()) --improvements_;
  population_.expel(program);
}

/// Half way through the patience the island whose best is worst starts afresh, once.
void Course::restart_when_stale(Settlement& settled) {
  const auto limit = config_.early_stopping_patience;
  if (limit < 2 || population_.islands() < 2 || restarted_at_ > 0) return;
  if (patience_.stale() < limit / 2) return;
  restarted_at_ = patience_.stale();
  int worst = 0;
  double worst_score = 0;
  for (int island = 0; island < static_cast<int>(population_.islands()); ++island) {
    double best = 0;
    for (const auto& member : population_.members(island)) {
      best = std::max(best, find_(member.program).result.score.value_or(0));
    }
    if (island == 0 || best < worst_score) {
      worst = island;
      worst_score = best;
    }
  }
  const auto gone = population_.restart(worst);
  settled.gone.insert(settled.gone.end(), gone.begin(), gone.end());
  settled.restarted = worst;
}

std::string Course::end() const {
  if (config_.target_score) {
    const auto score = find_(population_.champion()).result.score.value_or(0);
    if (score >= *config_.target_score) {
      return fmt::format("the target score {} is reached", *config_.target_score);
    }
  }
  if (iteration_ >= config_.max_iterations) {
    return fmt::format("{} children were evaluated (max_iterations)", iteration_);
  }
  if (patience_.spent()) {
    return fmt::format("{} children in a row brought no improvement beyond the noise",
                       patience_.stale());
  }
  if (const auto spent = budget_.exhausted()) return "the budget is spent: " + *spent;
  if (failures_in_a_row_ >= config_.max_failures) {
    return fmt::format("{} attempts in a row came to no new program; the last: {}",
                       failures_in_a_row_, last_failure_);
  }
  return {};
}

Json Course::state() const {
  return {{"random", save_random(random_)},
          {"population", population_.state()},
          {"mix", mix_.state()},
          {"patience", patience_.state()},
          {"budget", budget_.state()},
          {"iteration", iteration_},
          {"proposals", proposals_},
          {"improvements", improvements_},
          {"failures_in_a_row", failures_in_a_row_},
          {"outcomes", outcomes_},
          {"ask_models", ask_models_},
          {"wrong", wrong_},
          {"last_failure", last_failure_},
          {"restarted_at", restarted_at_}};
}

void Course::restore(const Json& state) {
  random_ = restore_random(state.at("random").get<std::string>());
  population_.restore(state.at("population"));
  mix_.restore(state.at("mix"));
  patience_.restore(state.at("patience"));
  budget_.restore(state.at("budget"));
  iteration_ = state.at("iteration");
  proposals_ = state.at("proposals");
  improvements_ = state.at("improvements");
  failures_in_a_row_ = state.at("failures_in_a_row");
  outcomes_ = state.at("outcomes").get<std::map<std::string, std::uint64_t>>();
  ask_models_ = state.at("ask_models").get<std::set<std::string>>();
  wrong_ = state.at("wrong").get<std::deque<ProgramId>>();
  last_failure_ = state.at("last_failure").get<std::string>();
  restarted_at_ = state.at("restarted_at");
}

}  // namespace fihost::search
