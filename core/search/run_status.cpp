#include "core/search/run_status.hpp"

#include <algorithm>
#include <array>

#include "core/eval/workload_filter.hpp"

namespace fihost::search {
namespace {

/// At most so many workloads are shown one by one; more are joined into thirds.
constexpr std::size_t most_single = 6;

std::vector<RunProgress::Speedup> speedups(const Program& champion) {
  std::vector<const WorkloadResult*> order;
  for (const auto& workload : champion.result.workloads) {
    if (workload.speedup() && workload.baseline) order.push_back(&workload);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->baseline->latency_ms < b->baseline->latency_ms;
  });
  std::vector<RunProgress::Speedup> shown;
  if (order.size() <= most_single) {
    for (const auto* workload : order) {
      shown.push_back({.label = axes_text(workload->axes), .value = *workload->speedup()});
    }
    return shown;
  }
  const std::array<const char*, 3> labels = {"small", "middle", "large"};
  for (std::size_t third = 0; third < labels.size(); ++third) {
    std::vector<double> values;
    for (std::size_t i = third * order.size() / 3; i < (third + 1) * order.size() / 3; ++i) {
      values.push_back(*order[i]->speedup());
    }
    shown.push_back({.label = labels[third], .value = geometric_mean(values)});
  }
  return shown;
}

RunProgress::Best best_of(const Program& champion, const Program& seed) {
  RunProgress::Best best{
      .name = champion.name, .score = champion.result.score, .ratio = {}, .interval = {}};
  if (champion.id == seed.id || !champion.result.score || !seed.result.score) return best;
  best.ratio = *champion.result.score / *seed.result.score;
  if (const auto& ci = champion.result.score_ci) {
    best.interval = Interval{ci->low / *seed.result.score, ci->high / *seed.result.score};
  }
  return best;
}

}  // namespace

RunProgress run_status(const EvolutionRequest& request, const Ranking& about, const Course& course,
                       ProgramShelf& shelf) {
  const auto& population = course.population();
  const auto& champion = shelf.at(population.champion());
  RunProgress progress;
  progress.definition = request.definition.name;
  progress.device = about.device.name;
  progress.iteration = course.iteration();
  progress.max_iterations = request.config.max_iterations;
  progress.proposals = course.proposals();
  progress.improvements = course.improvements();
  progress.patience_left = course.patience().left();
  progress.best = best_of(champion, shelf.at(population.seed()));
  progress.speedups = speedups(champion);
  for (int i = 0; i < static_cast<int>(population.islands()); ++i) {
    RunProgress::Island island{
        .size = population.members(i).size(), .cells = population.cells(i).size(), .best = {}};
    for (const auto& member : population.members(i)) {
      const auto score = shelf.at(member.program).result.score;
      if (score && (!island.best || *score > *island.best)) island.best = score;
    }
    progress.islands.push_back(island);
  }
  for (const auto& [outcome, count] : course.outcomes()) {
    if (const auto parsed = parse_outcome(outcome)) progress.outcomes.emplace_back(*parsed, count);
  }
  const auto& spent = course.budget().spent();
  progress.tokens = spent.llm_tokens;
  if (spent.usd > 0) progress.usd = spent.usd;
  progress.gpu_seconds = spent.gpu_seconds;
  progress.elapsed_seconds = spent.wall_seconds;
  if (course.iteration() > 0) {
    const auto left = static_cast<double>(progress.max_iterations - course.iteration());
    progress.eta_seconds = spent.wall_seconds / static_cast<double>(course.iteration()) * left;
  }
  return progress;
}

}  // namespace fihost::search
