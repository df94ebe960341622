// What was found about a program, in words, for a prompt. Nothing here is longer than its lines are
// many; bounding is the caller's.
#pragma once

#include <string>
#include <vector>

#include "core/search/program.hpp"

namespace fihost::search {

/// Fastest program of each workload, in the order of the results of the program that is described;
/// null or missing: unknown.
using Champions = std::vector<const Program*>;

/// Every workload with its share of the time of all; of the baseline where `program` has no latency
/// for each. `score_rule`: what the score is, empty when unknown. Empty when nothing was tried.
[[nodiscard]] std::string workloads_text(const Program& program, const std::string& score_rule);

/// Score and a line for each workload, the ones that lose most time first: latency, speedup, fraction
/// of the roofline, and how far behind its champion. `rematches`: a line each. Empty when nothing was
/// measured.
[[nodiscard]] std::string performance_text(const Program& program, const Champions& champions,
                                           const std::string& baseline,
                                           const std::vector<std::string>& rematches);

/// Registers, spills and shared memory of each kernel; `warnings` of the compiler, a line each.
/// Empty when there is neither.
[[nodiscard]] std::string build_text(const Program& program,
                                     const std::vector<std::string>& warnings);

/// What is wrong: each kind of failure with the workloads that have it, matched ratio against the
/// required one and the log. Empty for a correct program, whose errors are nobody's business:
/// a large one within the tolerance only looks like a mistake.
[[nodiscard]] std::string problem_text(const Program& program, double required_matched_ratio);

/// Name, score and note of each of `programs`, and where it is faster than `parent`; then the sources,
/// each in full or not at all, as far as `bytes` go. Empty without programs.
[[nodiscard]] std::string programs_text(const std::vector<const Program*>& programs,
                                        const Program& parent, std::size_t bytes);

/// One line for each of `attempts`, equal ones once; the newest come first and are at most ten.
[[nodiscard]] std::string failures_text(const std::vector<Attempt>& attempts);

}  // namespace fihost::search
