// The decisions of a run: who is improved next and by what, what a result changes, when it ends. No
// threads, no files, no clocks: equal results in equal order give an equal course.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/search/budget.hpp"
#include "core/search/config.hpp"
#include "core/search/mutator_mix.hpp"
#include "core/search/patience.hpp"
#include "core/search/population.hpp"
#include "core/search/program.hpp"
#include "core/search/random.hpp"

namespace fihost::search {

/// What one evaluated child changed.
struct Settlement {
  Admission admission;  ///< to its island; not entered when it is wrong
  std::vector<Migration> migrations;
  std::optional<int> restarted;  ///< this island was stale and starts afresh
  bool improvement = false;      ///< it is the champion now
  std::vector<ProgramId> gone;   ///< programs that live nowhere any more
};

/// One thread.
class Course {
 public:
  /// `config.mutators` are those that take part. Throws Error (usage) when there are none.
  Course(const EvolveConfig& config, FindProgram find);

  void start(ProgramId seed) { population_.add_seed(seed); }

  /// The next attempt, with island, mutator, parents and seed. A wrong program is offered for repair
  /// now and then, once, to a mutator that asks a model.
  [[nodiscard]] Attempt assign(AttemptId id);
  /// It came to nothing before it was evaluated.
  void fail(const Attempt& attempt, bool asked_model);
  /// Whether `program`, by its own measurement, is ahead of the champion and has to be timed
  /// against it in turns.
  [[nodiscard]] bool challenges(const Program& program) const;
  /// It was evaluated. `rematch` is set when it challenged the champion.
  Settlement settle(const Attempt& attempt, const Program& program,
                    const std::optional<Rematch>& rematch, bool asked_model);
  /// It is wrong after all; of a champion, what it was promoted for is no improvement either.
  void expel(ProgramId program);
  /// Why the run ends now, for people; empty: it goes on.
  [[nodiscard]] std::string end() const;

  [[nodiscard]] const Population& population() const { return population_; }
  [[nodiscard]] const Patience& patience() const { return patience_; }
  [[nodiscard]] Budget& budget() { return budget_; }
  [[nodiscard]] const Budget& budget() const { return budget_; }
  [[nodiscard]] std::uint64_t iteration() const { return iteration_; }
  [[nodiscard]] std::uint64_t proposals() const { return proposals_; }
  [[nodiscard]] std::uint64_t improvements() const { return improvements_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& outcomes() const { return outcomes_; }

  [[nodiscard]] Json state() const;
  void restore(const Json& state);

 private:
  [[nodiscard]] std::optional<ProgramId> wrong_for(const std::string& mutator, int island);
  [[nodiscard]] double cost_of(const Attempt& attempt) const;
  [[nodiscard]] bool beats_owner(const Program& program,
                                 const std::optional<Rematch>& rematch) const;
  void count(const Attempt& attempt, bool asked_model);
  void restart_when_stale(Settlement& settled);

  const EvolveConfig& config_;
  FindProgram find_;
  Random random_;
  Population population_;
  MutatorMix mix_;
  Patience patience_;
  Budget budget_;
  std::uint64_t iteration_ = 0, proposals_ = 0, improvements_ = 0, failures_in_a_row_ = 0;
  std::map<std::string, std::uint64_t> outcomes_;  ///< by name
  std::set<std::string> ask_models_;               ///< mutators that were seen to
  std::deque<ProgramId> wrong_;                    ///< not yet offered for repair, newest last
  std::string last_failure_;                       ///< why the latest attempt came to nothing
  std::uint64_t restarted_at_ = 0;                 ///< stale children at the last restart
};

}  // namespace fihost::search
