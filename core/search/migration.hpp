// Who goes to the next island.
#pragma once

#include <vector>

#include "core/search/island.hpp"

namespace fihost::search {

/// The members that are to be copied to `target`, best first: of the `rate` best share of those born
/// here (one at least), who have not been offered yet. They are offered now. Left out are migrants,
/// who moved once and do not move on, the seed, which lives everywhere, and whom `target` has
/// already, under any number: the same source or the same machine code.
[[nodiscard]] std::vector<ProgramId> emigrants(Island& island, const Island& target, double rate,
                                               ProgramId seed, const FindProgram& find);

/// A member whose source or machine code is that of `program`.
[[nodiscard]] bool has_twin(const Island& island, const Program& program, const FindProgram& find);

}  // namespace fihost::search
