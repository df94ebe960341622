#include "core/search/run_news.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/eval/first_line.hpp"
#include "core/eval/workload_filter.hpp"

namespace fihost::search {
namespace {

std::string short_name(const std::string& mutator) {
  const auto dot = mutator.find('.');
  return dot == std::string::npos ? mutator : mutator.substr(dot + 1);
}

std::string head(const Attempt& attempt) {
  return fmt::format("gen_{} ({}, island {})", attempt.id, short_name(attempt.mutator),
                     attempt.island);
}

std::string percent(double ratio) { return fmt::format("{:+.1f} %", 100 * (ratio - 1)); }

/// "+3.1 % (+2.2 to +4.0)"
std::string rematch_text(const Rematch& rematch) {
  return fmt::format("{} ({:+.1f} to {:+.1f})", percent(rematch.ratio),
                     100 * (rematch.interval.low - 1), 100 * (rematch.interval.high - 1));
}

}  // namespace

std::string rejection_text(const Attempt& attempt) {
  return fmt::format("{}: {}: {}", head(attempt), name(attempt.outcome), attempt.reason);
}

std::string result_text(const Attempt& attempt, const Program& program,
                        const std::optional<Rematch>& rematch, const Settlement& settled) {
  if (attempt.outcome != Outcome::accepted) return rejection_text(attempt);
  auto text = fmt::format("{}: score {:.4g}", head(attempt), program.result.score.value_or(0));
  if (settled.improvement) {
    text += ", " + rematch_text(*rematch) + ": the new champion";
  } else if (rematch && rematch->rounds > 0) {
    text += ", " + rematch_text(*rematch) + " against the champion: within the noise";
  } else if (settled.admission.replaced != 0) {
    text += ", takes its cell";
  } else if (!settled.admission.entered) {
    text += ", no room";
  }
  if (!program.note.empty()) text += " - " + program.note;
  return text;
}

std::string champion_text(const Program& champion, const std::string& before,
                          const Rematch& rematch) {
  return fmt::format("{} is the new champion: score {:.4g}, {} over {}", champion.name,
                     *champion.result.score, rematch_text(rematch), before);
}

std::string failure_text(const WorkloadResult& workload) {
  const auto log = first_line(workload.trial.log);
  return fmt::format("{} on {}{}{}", name(workload.trial.status), axes_text(workload.axes),
                     log.empty() ? "" : ": ", log);
}

std::string profile_text(const std::vector<StoredProfile>& profiles,
                         const std::vector<Workload>& workloads) {
  std::string text;
  for (const auto& profile : profiles) {
    const auto found = std::find_if(workloads.begin(), workloads.end(),
                                    [&](const auto& w) { return w.uuid == profile.workload; });
    if (found != workloads.end()) text += axes_text(found->axes) + ":\n";
    text += profile.reply.value("digest", "") + "\n";
  }
  return text;
}

RunEvent result_event(const Attempt& attempt, const Program& program, const Settlement& settled,
                      const Population& population) {
  const auto owns = [&](ProgramId id, int island, const std::string& cell) {
    const auto& cells = population.cells(island);
    const auto owner = cells.find(cell);
    return owner != cells.end() && owner->second == id;
  };
  RunEvent event{.kind = "result", .attempts = {attempt}, .programs = {program}};
  if (settled.admission.entered) {
    event.placements.push_back(
        {.program = program.id,
         .island = program.island,
         .cell = settled.admission.cell,
         .owns_cell = owns(program.id, program.island, settled.admission.cell)});
  }
  for (const auto& migration : settled.migrations) {
    event.placements.push_back(
        {.program = migration.program,
         .island = migration.to,
         .cell = migration.admission.cell,
         .owns_cell = owns(migration.program, migration.to, migration.admission.cell),
         .migrant = true});
  }
  event.evicted = settled.gone;
  return event;
}

}  // namespace fihost::search
