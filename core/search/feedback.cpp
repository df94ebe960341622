#include "core/search/feedback.hpp"

#include <algorithm>

#include "core/search/bounded_text.hpp"
#include "core/search/task_text.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t feedback_bytes = 8000;

}  // namespace

std::size_t section_bytes(std::string_view name, const PromptConfig& config) {
  const auto* const known =
      std::find_if(section_budgets.begin(), section_budgets.end(),
                   [&](const SectionBudget& budget) { return budget.name == name; });
  if (known == section_budgets.end()) return 0;
  const auto given = config.section_bytes.find(std::string(name));
  return given == config.section_bytes.end() ? known->bytes : given->second;
}

Feedback feedback(const FeedbackRequest& request) {
  Feedback result;
  result.sections = Json::object();
  const auto add = [&](const char* name, const std::string& text) {
    const std::string bounded = bounded_lines(text, section_bytes(name, request.prompt));
    if (!bounded.empty()) result.sections[name] = bounded;
  };
  const Program& parent = request.parent;
  const std::string performance =
      performance_text(parent, request.champions, request.baseline, request.rematches);
  const std::string build = build_text(parent, request.warnings);
  const double required = request.definition.tolerance.required_matched_ratio.value_or(1);
  const std::string problem = problem_text(parent, required);

  add("task", task_text(request.definition, section_bytes("task", request.prompt)));
  add("workloads", workloads_text(parent, request.score_rule));
  add("parent_performance", performance);
  if (request.prompt.include_artifacts) {
    add("parent_build", build);
    add("parent_problem", problem);
    if (!parent.profile.empty()) add("profile", "# Profile\n\n" + parent.profile);
  }
  add("top_programs",
      programs_text(request.inspirations, parent, section_bytes("top_programs", request.prompt)));
  add("failures", failures_text(request.failures));
  add("device", request.device);

  std::string all = performance;
  if (request.prompt.include_artifacts) all += problem + build;
  result.feedback = bounded_lines(all, feedback_bytes);
  return result;
}

}  // namespace fihost::search
