// Names of the SDK's status codes.
#pragma once

#include <fihost/abi.h>

#include <string_view>

namespace fihost {

/// "UNSUPPORTED" and so on; a number this revision does not know reads as "INTERNAL".
[[nodiscard]] std::string_view status_name(fihost_status status);

}  // namespace fihost
