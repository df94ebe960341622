// What this program is and what it was made with, for bug reports and for records of runs.
#pragma once

#include "core/base/json.hpp"

namespace fihost {

/// {"schema": "fihost.version/1", "fihost": "0.1.0", "commit": ..., ...}. Facts of the build, not of
/// this machine; what the build could not find out is "unknown", a part that was left out is null.
[[nodiscard]] Json version_json();

}  // namespace fihost
