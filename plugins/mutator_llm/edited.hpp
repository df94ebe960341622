// A child's source, or why there is none; and what every child must keep.
#pragma once

#include <string>
#include <string_view>

namespace mutator_llm {

struct Edited {
  std::string source;     ///< of use only when ok()
  std::string problem;    ///< one line; empty: none
  std::string diagnosis;  ///< what the model needs to do better, several lines
  [[nodiscard]] bool ok() const { return problem.empty(); }
};
[[nodiscard]] Edited refused(std::string problem, std::string diagnosis = {});

/// `child` as a child of `parent`, whatever wrote it. Refused: lines outside the blocks or markers
/// that changed, bytes that are no text, nothing new. Both have LF line ends.
[[nodiscard]] Edited checked_child(std::string_view parent, std::string child);

}  // namespace mutator_llm
