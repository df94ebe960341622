// Rankings as GitHub-flavoured Markdown, to be pasted into a pull request.
#pragma once

#include <string>
#include <vector>

#include "core/eval/ranking.hpp"

namespace fihost {

/// Candidates whose workloads are shown, the best ones.
inline constexpr std::size_t markdown_candidates = 6;

/// For each ranking a heading, what was measured on what, the leaderboard, why candidates failed, and
/// folded away a table of the workloads. Names and messages are code spans, so that nothing in them
/// is markup, a link or a mention.
[[nodiscard]] std::string markdown(const std::vector<Ranking>& rankings);

/// `text` on one line as a code span. In a table its pipes are still to be escaped.
[[nodiscard]] std::string code_span(std::string_view text);

}  // namespace fihost
