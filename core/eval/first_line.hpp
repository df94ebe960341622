// The line of a longer text that stands for it in a table or a message.
#pragma once

#include <string>
#include <string_view>

namespace fihost {

/// The first line of `text` that is not blank, without control characters; empty when there is none.
[[nodiscard]] std::string first_line(std::string_view text);
/// The last one.
[[nodiscard]] std::string last_line(std::string_view text);

}  // namespace fihost
