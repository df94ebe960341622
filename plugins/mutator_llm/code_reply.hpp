// The source in a reply: which of its code blocks is the whole file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lines.hpp"

namespace mutator_llm {

/// A fenced block of a reply.
struct Fence {
  std::string language;  ///< first word behind the fence, lower case
  LineRange body;
  bool closed = true;
};
/// ``` and ~~~, three or more; only the last may be unclosed.
[[nodiscard]] std::vector<Fence> find_fences(const Lines& reply);

/// What was found. `code` is empty when `problem` is not.
struct CodeReply {
  std::string code;
  bool closed = true;   ///< false: its fence has no end
  std::string problem;  ///< one line
};

/// The last block that looks like a whole file: of C, C++ or CUDA (or of no stated language), with
/// `entry` in it where `entry` is not empty, and at least half as long as the longest such block.
/// Without fences the reply itself, when it starts like code.
[[nodiscard]] CodeReply code_of(std::string_view reply, std::string_view entry);

}  // namespace mutator_llm
