// fihost report page RANKING.json...
#pragma once

#include "tools/fihost/arguments.hpp"

namespace fihost {

/// Renders the stored rankings that follow the word "page" as ranking_output_options() ask. Returns
/// the exit code; throws Error.
int report_page(const Arguments& arguments);

}  // namespace fihost
