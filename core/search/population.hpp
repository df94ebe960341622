// Who lives where: islands, their cells, the archive, and who may be a parent. No files, no clocks.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/search/behaviour.hpp"
#include "core/search/config.hpp"
#include "core/search/island.hpp"
#include "core/search/program.hpp"
#include "core/search/random.hpp"

namespace fihost::search {

/// What happened to a program that wanted to enter.
struct Admission {
  bool entered = false;
  std::string cell;
  ProgramId replaced = 0;          ///< owner of the cell until now; it stays a member
  std::vector<ProgramId> evicted;  ///< programs that live nowhere any more
};

struct Migration {
  ProgramId program = 0;
  int from = 0, to = 0;
  Admission admission;  ///< to the island `to`
};

/// Only eligible programs live here, see fitness.hpp: a wrong one is never a member, and so never a
/// parent, an elite or the champion. Its programs are borrowed from the run: `find` of the constructor
/// gives them by id. Equal calls with equal random numbers give equal results everywhere. One thread.
class Population {
 public:
  using Find = FindProgram;
  /// Throws Error (usage) for an unknown feature dimension.
  Population(const DatabaseConfig& config, Find find);

  /// A copy in every island; it is the first champion. Comes before everything else, once. Throws
  /// Error when the seed is not eligible.
  void add_seed(ProgramId seed);

  /// Who owns the cell that `program` belongs to, in `island`; 0: nobody.
  [[nodiscard]] ProgramId owner(const Program& program, int island) const;

  /// A correct program enters its island; another one, or one that is there already, does not. It takes
  /// its cell when the cell is free or `beats_owner`, and lives beside the grid otherwise, as far as
  /// the cap allows: every island has an equal share of population_size, four places at least. Over
  /// the cap the worst program goes that owns no cell, then the worst owner; never the seed's last
  /// copy, the champion's last copy or `program` itself.
  Admission admit(const Program& program, int island, bool beats_owner);

  /// Confirmed best of the run. Throws Error when it lives nowhere: admit it first.
  void set_champion(ProgramId program);
  [[nodiscard]] ProgramId champion() const { return champion_; }
  [[nodiscard]] ProgramId seed() const { return seed_; }

  /// The parent for the next child of `island`: weighted by sigmoid of its log score's distance to
  /// the island's median in units of its median absolute deviation, over 1 + its children; with
  /// probability exploration_ratio uniform over the island's cells. Always a correct program.
  [[nodiscard]] ProgramId choose_parent(int island, Random& random) const;
  /// Up to `top` best and `diverse` others of the island, none of which is `parent`; best first.
  [[nodiscard]] std::vector<ProgramId> inspirations(int island, ProgramId parent, std::size_t top,
                                                    std::size_t diverse, Random& random) const;
  /// A partner whose strengths lie elsewhere: the one that, with `parent`, gives the best geometric
  /// mean of the better speedup on each workload; 0: none improves on `parent`.
  [[nodiscard]] ProgramId complement(int island, ProgramId parent) const;

  void count_child(ProgramId parent);  ///< for the weights; nothing when it lives nowhere
  void count_evaluated(int island);    ///< for the migration's clock
  /// An attempt for `island` came to no evaluated child: next_island() goes on all the same.
  void count_failed(int island);
  /// Where the next child is to be born: the island with the fewest evaluated children and failed
  /// attempts.
  [[nodiscard]] int next_island() const;
  /// Due after migration_interval evaluated children in an island: its best programs that have not
  /// migrated yet are copied to the next island of the ring, where they take their cell if it is
  /// free or they are clearly ahead of its owner. Empty: not due, or nobody new.
  std::vector<Migration> migrate(int island);
  /// Empties `island` but for copies of the champion and the seed: a fresh start when it is stale.
  /// Returns the programs that live nowhere any more.
  std::vector<ProgramId> restart(int island);
  /// A program that was found wrong after all leaves every island. When it was the champion, the
  /// best of the others is. Throws Error for the seed.
  void expel(ProgramId program);

  [[nodiscard]] std::size_t islands() const { return islands_.size(); }
  [[nodiscard]] const std::vector<Member>& members(int island) const;
  /// Cell -> owner.
  [[nodiscard]] const std::map<std::string, ProgramId>& cells(int island) const;
  [[nodiscard]] std::size_t evaluated(int island) const;
  [[nodiscard]] std::size_t children(ProgramId program) const;  ///< 0 when it lives nowhere
  /// The best correct programs of all islands, best first, at most archive_size.
  [[nodiscard]] std::vector<ProgramId> archive() const;
  /// Every program that lives somewhere.
  [[nodiscard]] std::set<ProgramId> living() const;
  /// Workload index -> the living program that is fastest on it; of equal ones the older; 0: none
  /// was timed on it.
  [[nodiscard]] std::vector<ProgramId> regime_champions() const;

  /// Everything but the programs. Throws Error when `state` is damaged or of another number of
  /// islands than the configuration's; nothing has changed then.
  [[nodiscard]] Json state() const;
  void restore(const Json& state);

 private:
  [[nodiscard]] Island& at(int island);
  [[nodiscard]] const Island& at(int island) const;
  [[nodiscard]] bool lives(ProgramId program) const;
  [[nodiscard]] std::size_t copies(ProgramId program) const;
  [[nodiscard]] std::vector<ProgramId> ranked_living() const;
  Admission enter(const Program& program, Island& island, bool takes_cell, bool migrant);
  [[nodiscard]] ProgramId dispensable(const Island& island, ProgramId newcomer) const;
  void forget(const std::vector<ProgramId>& programs);

  DatabaseConfig config_;
  Find find_;
  std::size_t share_;  ///< places in an island
  std::vector<Island> islands_;
  std::map<ProgramId, std::size_t> children_;  ///< of those that live
  ProgramId seed_ = 0, champion_ = 0;
  Regimes regimes_;  ///< the seed's
};

}  // namespace fihost::search
