// What a mutator is told: sections of text, each within its budget. Pure functions, no files.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/model/definition.hpp"
#include "core/search/config.hpp"
#include "core/search/program.hpp"
#include "core/search/program_text.hpp"

namespace fihost::search {

/// A section and how many bytes it may have, unless prompt.section_bytes says otherwise.
struct SectionBudget {
  std::string_view name;
  std::size_t bytes = 0;
};
// [begin sections]
inline constexpr std::array<SectionBudget, 9> section_budgets = {{
    {"task", 8000},                ///< the definition, its tolerance, its reference
    {"workloads", 3000},           ///< axes, and shares of the time
    {"parent_performance", 4000},  ///< latencies of the parent, most lost time first
    {"parent_build", 2000},        ///< registers, spills, shared memory, warnings
    {"parent_problem", 3000},      ///< what is wrong with it; empty when it is right
    {"profile", 3000},             ///< the profiler's digest
    {"top_programs", 12000},       ///< inspirations: scores, notes, sources where there is room
    {"failures", 2500},            ///< what was tried and failed
    {"device", 1000},              ///< what it runs on
}};
// [end sections]

/// Bytes of the section `name`; 0 for a name that is none.
[[nodiscard]] std::size_t section_bytes(std::string_view name, const PromptConfig& config);

/// Everything is borrowed for the call.
struct FeedbackRequest {
  const Definition& definition;
  const Program& parent;
  const PromptConfig& prompt;
  std::string device = {};      ///< device_text()
  std::string baseline = {};    ///< its name
  std::string score_rule = {};  ///< the scorer's summary, e.g. "geometric mean of the speedups"
  std::vector<const Program*> inspirations = {};  ///< best first
  Champions champions = {};
  std::vector<Attempt> failures = {};       ///< newest first
  std::vector<std::string> rematches = {};  ///< of the parent, a line each
  std::vector<std::string> warnings = {};   ///< of the compiler about the parent, a line each
};

struct Feedback {
  Json sections;         ///< name -> text; sections that have nothing to say are missing
  std::string feedback;  ///< performance, problem and build of the parent in one text
};

/// Without prompt.include_artifacts there is no build, problem or profile.
[[nodiscard]] Feedback feedback(const FeedbackRequest& request);

}  // namespace fihost::search
