// From a run's store to its record.
#pragma once

#include "core/report/run_record.hpp"
#include "core/report/text_budget.hpp"

namespace fihost {

/// Reads everything. Texts are taken within `bounds`: those of the programs that were champions
/// first, then the newest.
[[nodiscard]] RunRecord read_run(const search::RunStore& store, const TextBounds& bounds = {});

}  // namespace fihost
