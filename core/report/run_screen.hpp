// The lines of the live view. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "core/report/terminal.hpp"
#include "core/search/run_progress.hpp"

namespace fihost {

/// The block that is redrawn, without newlines: no line takes more than terminal.width - 1 columns, so
/// that the terminal does not wrap, and there are fewer than terminal.height of them. What matters
/// most comes first: a low terminal loses the end. `events` are the last ones, oldest first.
[[nodiscard]] std::vector<std::string> run_screen(const RunProgress& progress,
                                                  const std::vector<std::string>& events,
                                                  const Terminal& terminal);

/// The same in one line of any length and without colours, for a log.
[[nodiscard]] std::string run_summary_line(const RunProgress& progress);

}  // namespace fihost
