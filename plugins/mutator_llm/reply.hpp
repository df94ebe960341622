// What a model says around its code.
#pragma once

#include <string>
#include <string_view>

namespace mutator_llm {

/// LF line ends, and without the thoughts between <think> and </think> at its beginning.
[[nodiscard]] std::string cleaned_reply(std::string_view text);

/// The line "IDEA: ...", else the first line of prose before the code; one line, at most 200 bytes.
[[nodiscard]] std::string idea_of(std::string_view reply);

}  // namespace mutator_llm
