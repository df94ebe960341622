// How a run stands, for those who watch it.
#pragma once

#include "core/search/course.hpp"
#include "core/search/evolution.hpp"
#include "core/search/program_shelf.hpp"

namespace fihost::search {

/// All but the jobs in flight. `about` tells what is measured on.
[[nodiscard]] RunProgress run_status(const EvolutionRequest& request, const Ranking& about,
                                     const Course& course, ProgramShelf& shelf);

}  // namespace fihost::search
