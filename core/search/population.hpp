// Who lives where: islands, their cells, the archive, and who may be a parent. No files, no clocks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/search/config.hpp"
#include "core/search/program.hpp"

namespace fihost::search {

/// Random numbers whose state can be saved.
using Random = std::mt19937_64;

/// A program in an island.
struct Member {
  ProgramId program = 0;
  std::string cell;      ///< "registers=2 regime=small": its place in the grid
  bool migrant = false;  ///< a copy of a member of another island
};

/// What happened to a program that wanted to enter.
struct Admission {
  bool entered = false;
  std::string cell;
  ProgramId replaced = 0;          ///< owner of the cell until now
  std::vector<ProgramId> evicted;  ///< programs that live nowhere any more
};

struct Migration {
  ProgramId program = 0;
  int from = 0, to = 0;
};

/// Its programs are borrowed from the run: `find` of the constructor gives them by id. One thread.
class Population {
 public:
  using Find = std::function<const Program&(ProgramId)>;
  Population(const DatabaseConfig& config, Find find);

  /// A copy in every island.
  void add_seed(ProgramId seed);

  /// Who owns the cell that `program` belongs to, in `island`; 0: nobody.
  [[nodiscard]] ProgramId owner(const Program& program, int island) const;

  /// A correct program enters its island. It takes its cell when the cell is free or
  /// `beats_owner`, and lives beside the grid otherwise, as far as the cap allows. Over the cap the
  /// worst program goes that owns no cell, then the worst owner; never the seed's last copy, the
  /// champion or `program` itself.
  Admission admit(const Program& program, int island, bool beats_owner);

  /// Confirmed best of the run.
  void set_champion(ProgramId program);
  [[nodiscard]] ProgramId champion() const;

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

  void count_child(ProgramId parent);  ///< for the weights
  void count_evaluated(int island);    ///< for the migration's clock
  /// Where the next child is to be born: the island with the fewest evaluated children.
  [[nodiscard]] int next_island() const;
  /// Due after migration_interval evaluated children in an island: its best programs that have not
  /// migrated yet are copied to the next island of the ring. Empty: not due.
  std::vector<Migration> migrate(int island);
  /// Empties `island` but for copies of the champion and the seed: a fresh start when it is stale.
  void restart(int island);

  [[nodiscard]] std::size_t islands() const;
  [[nodiscard]] const std::vector<Member>& members(int island) const;
  /// Cell -> owner.
  [[nodiscard]] const std::map<std::string, ProgramId>& cells(int island) const;
  /// The best correct programs of all islands, best first, at most archive_size.
  [[nodiscard]] std::vector<ProgramId> archive() const;
  /// Every program that lives somewhere.
  [[nodiscard]] std::set<ProgramId> living() const;
  /// Workload index -> the living program that is fastest on it.
  [[nodiscard]] std::vector<ProgramId> regime_champions() const;

  [[nodiscard]] Json state() const;
  void restore(const Json& state);
};

}  // namespace fihost::search
