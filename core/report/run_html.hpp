// A run of the evolution as one self-contained HTML file.
#pragma once

#include <string>

#include "core/base/json.hpp"

namespace fihost {

/// `document`: of run_document(). No text of it can become markup or script. Throws Error when it is
/// none.
[[nodiscard]] std::string run_html(const Json& document);

}  // namespace fihost
