// Which of two programs is ahead, and which programs count at all.
#pragma once

#include <cstddef>

#include "core/search/program.hpp"

namespace fihost::search {

/// May be a parent, an elite or the champion: it passed on all workloads of the run, and the scorer
/// gave it a finite score. Nothing that is not eligible ever enters a population.
[[nodiscard]] bool eligible(const Program& program);

/// Strict order over eligible programs: the higher score; of equal ones the older program.
[[nodiscard]] bool ahead(const Program& a, const Program& b);

/// Ahead by more than the tie floor, which two timings never tell apart.
[[nodiscard]] bool clearly_ahead(const Program& a, const Program& b);

/// Milliseconds of one call on a workload of the run; NaN where it was not timed.
[[nodiscard]] double latency_ms(const Program& program, std::size_t workload);

}  // namespace fihost::search
