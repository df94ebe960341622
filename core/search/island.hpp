// One island: who lives there, and who owns which cell of its grid.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/search/program.hpp"

namespace fihost::search {

/// Programs by id. What it returns stays valid until the run gets another program.
using FindProgram = std::function<const Program&(ProgramId)>;

/// A program in an island.
struct Member {
  ProgramId program = 0;
  std::string cell;       ///< "registers=33-48 regime=small": its place in the grid
  bool migrant = false;   ///< a copy of a member of another island
  bool migrated = false;  ///< was offered to the next island, and is not offered again
};

struct Island {
  std::vector<Member> members;             ///< in the order in which they came
  std::map<std::string, ProgramId> cells;  ///< every cell that has a member has an owner
  std::size_t evaluated = 0;               ///< children
  std::size_t failed = 0;                  ///< attempts that came to no evaluated child
  std::size_t since_migration = 0;         ///< evaluated children
};

[[nodiscard]] const Member* member_of(const Island& island, ProgramId program);
[[nodiscard]] bool owns_cell(const Island& island, const Member& member);
/// 0: nobody.
[[nodiscard]] ProgramId owner_of(const Island& island, const std::string& cell);

/// The newcomer becomes a member and, if its cell is free or `takes_cell`, the owner. Returns the
/// owner until now, who stays a member; 0: none.
ProgramId place(Island& island, Member newcomer, bool takes_cell);

/// The member goes. The best of those that are left in its cell inherits it.
void remove(Island& island, ProgramId program, const FindProgram& find);

/// Members, the best first.
[[nodiscard]] std::vector<ProgramId> best_first(const Island& island, const FindProgram& find);

[[nodiscard]] Json to_json(const Island& island);
/// Throws what nlohmann/json throws, and Error when the owner of a cell is no member of it.
[[nodiscard]] Island parse_island(const Json& json);

}  // namespace fihost::search
