// The result of a build as JSON, and back.
#pragma once

#include "core/build/builder.hpp"

namespace fihost {

/// The reverse of to_json(BuildResult), as far as a kept object needs it. Throws Json::exception on
/// anything else.
[[nodiscard]] BuildResult read_build_result(const Json& json);

}  // namespace fihost
