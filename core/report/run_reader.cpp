#include "core/report/run_reader.hpp"

#include <algorithm>

namespace fihost {
namespace {

/// Attempts by the claim of their texts: those that made a champion, then the newest.
std::vector<search::AttemptId> by_claim(const std::vector<search::Attempt>& attempts) {
  std::vector<search::AttemptId> order;
  for (const auto& attempt : attempts) {
    if (attempt.improvement) order.push_back(attempt.id);
  }
  for (auto at = attempts.rbegin(); at != attempts.rend(); ++at) {
    if (!at->improvement) order.push_back(at->id);
  }
  return order;
}

void take_texts(search::Program& program, TextBudget& budget) {
  program.source = budget.take(program.source);
  program.profile = budget.take(program.profile);
  budget.take_all(program.details);
  for (auto& workload : program.result.workloads) {
    workload.trial.log = budget.take(workload.trial.log);
  }
  if (program.result.refusal)
    program.result.refusal->log = budget.take(program.result.refusal->log);
}

void read_texts(RunRecord& run, const search::RunStore& store, search::AttemptId id,
                TextBudget& budget) {
  const auto at = std::lower_bound(
      run.attempts.begin(), run.attempts.end(), id,
      [](const search::Attempt& row, search::AttemptId wanted) { return row.id < wanted; });
  if (at->program == 0) at->source = budget.take(store.attempt(id).source);
  if (const auto* program = run.program(at->program)) {
    auto& own = run.programs[static_cast<std::size_t>(program - run.programs.data())];
    take_texts(own, budget);
  }
  auto exchanges = store.exchanges(id);
  for (auto& exchange : exchanges) {
    budget.take_all(exchange.request);
    budget.take_all(exchange.reply);
    exchange.error = budget.take(exchange.error);
  }
  if (!exchanges.empty()) run.exchanges[id] = std::move(exchanges);
}

}  // namespace

RunRecord read_run(const search::RunStore& store, const TextBounds& bounds) {
  RunRecord run;
  run.head = store.head();
  if (const auto state = store.state()) run.iteration = state->iteration;
  run.end_note = store.end_note();
  run.attempts = store.attempts();
  run.programs = store.programs(store.program_ids());
  run.rematches = store.rematches();
  run.placements = store.placements();
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(run.attempts.begin(), run.attempts.end(), by_id);
  std::sort(run.programs.begin(), run.programs.end(), by_id);
  TextBudget budget(bounds);
  for (auto& program : run.programs) {
    if (program.attempt == 0) take_texts(program, budget);
  }
  for (const auto id : by_claim(run.attempts)) read_texts(run, store, id, budget);
  for (const auto& program : run.programs) {
    auto profiles = store.profiles(program.id);
    for (auto& profile : profiles) budget.take_all(profile.reply);
    if (!profiles.empty()) run.profiles[program.id] = std::move(profiles);
  }
  return run;
}

}  // namespace fihost
