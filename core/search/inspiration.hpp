// Programs that are shown beside a parent.
#pragma once

#include <cstddef>
#include <vector>

#include "core/search/island.hpp"
#include "core/search/random.hpp"

namespace fihost::search {

/// Up to `top` best members and up to `diverse` others, none of which is `parent`; best first. The
/// others are drawn from the owners of cells that neither the parent nor the best ones lie in, then
/// from everybody else.
[[nodiscard]] std::vector<ProgramId> inspirations_of(const Island& island, ProgramId parent,
                                                     std::size_t top, std::size_t diverse,
                                                     Random& random, const FindProgram& find);

/// The member that gives the best geometric mean when the faster of it and `parent` runs each
/// workload; 0: none gains more than the tie floor over `parent` alone.
[[nodiscard]] ProgramId complement_of(const Island& island, ProgramId parent,
                                      const FindProgram& find);

}  // namespace fihost::search
