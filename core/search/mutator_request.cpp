#include "core/search/mutator_request.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/eval/first_line.hpp"
#include "core/search/feedback.hpp"
#include "core/search/task_text.hpp"

namespace fihost::search {
namespace {

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

Json workload_json(const WorkloadResult& result) {
  Json json = {{"uuid", result.uuid}, {"axes", result.axes}, {"status", name(result.trial.status)}};
  if (const auto& timing = result.trial.timing) {
    json["latency_ms"] = timing->latency_ms;
    json["latency_ci_ms"] = {timing->low_ms, timing->high_ms};
    json["speedup"] = or_null(result.speedup());
    json["roofline_fraction"] = or_null(result.roofline_fraction());
  }
  if (result.trial.status != Status::passed) json["log"] = first_line(result.trial.log);
  return json;
}

Json parent_json(const Program& program) {
  Json workloads = Json::array(), kernels = Json::array();
  for (const auto& result : program.result.workloads) workloads.push_back(workload_json(result));
  for (const auto& kernel : program.kernels) kernels.push_back(to_json(kernel));
  return {{"id", program.id},
          {"name", program.name},
          {"source", program.source},
          {"language", name(program.language)},
          {"score", or_null(program.result.score)},
          {"workloads", std::move(workloads)},
          {"kernels", std::move(kernels)},
          {"note", program.note},
          {"details", program.details}};
}

Json device_json(const DeviceInfo& device) {
  return {{"type", device.type}, {"name", device.name}, {"arch", device.cuda() ? device.arch : ""}};
}

namespace {

/// The first is improved, the second is its partner; the others are told of in a section.
constexpr std::size_t most_parents = 2;

Feedback feedback_of(const EvolutionRequest& request, const Attempt& attempt, ProgramShelf& shelf,
                     const Population& population, const RunMemory& memory) {
  const auto& parent = shelf.at(attempt.parents.front());
  std::vector<const Program*> inspirations;
  for (std::size_t i = 1; i < attempt.parents.size(); ++i) {
    inspirations.push_back(&shelf.at(attempt.parents[i]));
  }
  Champions champions;
  for (const auto id : population.regime_champions()) {
    champions.push_back(id == 0 ? nullptr : &shelf.at(id));
  }
  std::vector<std::string> rematches;
  for (const auto& rematch : memory.rematches) {
    if (rematch.challenger != parent.id || rematch.rounds == 0) continue;
    rematches.push_back(
        fmt::format("timed in turns against {}: {:.3f} times its speed ({:.3f} to {:.3f})",
                    shelf.at(rematch.champion).name, rematch.ratio, rematch.interval.low,
                    rematch.interval.high));
  }
  return feedback({.definition = request.definition,
                   .parent = parent,
                   .prompt = request.config.prompt,
                   .device = device_text(request.device),
                   .baseline = memory.baseline,
                   .score_rule = request.score_rule,
                   .inspirations = std::move(inspirations),
                   .champions = std::move(champions),
                   .failures = {memory.failures.rbegin(), memory.failures.rend()},
                   .rematches = std::move(rematches),
                   .warnings = parent.advice});
}

}  // namespace

Json mutator_request(const EvolutionRequest& request, const Attempt& attempt, ProgramShelf& shelf,
                     const Population& population, const RunMemory& memory) {
  Json parents = Json::array();
  for (std::size_t i = 0; i < std::min(most_parents, attempt.parents.size()); ++i) {
    parents.push_back(parent_json(shelf.at(attempt.parents[i])));
  }
  const auto& prompt = request.config.prompt;
  auto told = feedback_of(request, attempt, shelf, population, memory);
  return {{"definition", to_json(request.definition)},
          {"parents", std::move(parents)},
          {"device", device_json(request.device)},
          {"sections", std::move(told.sections)},
          {"prompt",
           {{"template_dir", prompt.template_dir}, {"system_message", prompt.system_message}}},
          {"seed", attempt.seed},
          {"feedback", std::move(told.feedback)},
          {"count", 1}};
}

}  // namespace fihost::search
