// Results go to stdout, and it matters whether they arrive.
#pragma once

#include <string_view>

#include "core/base/json.hpp"

namespace fihost {

/// Throws Error when not everything could be written.
void print(std::string_view text);
/// The document, indented, with a newline.
void print_json(const Json& document);

}  // namespace fihost
