// A run of the evolution in a few lines of text.
#pragma once

#include <string>

#include "core/report/run_record.hpp"
#include "core/report/terminal.hpp"

namespace fihost {

/// Best, its workloads, why attempts were rejected, mutators, costs.
[[nodiscard]] std::string run_summary(const RunRecord& run, const Terminal& terminal);

}  // namespace fihost
