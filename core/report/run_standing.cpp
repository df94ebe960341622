#include "core/report/run_standing.hpp"

#include <algorithm>
#include <cmath>

namespace fihost {
namespace {

using search::Attempt;
using search::ProgramId;

const search::Rematch* rematch_of(const RunRecord& run, ProgramId challenger, ProgramId champion) {
  const search::Rematch* last = nullptr;
  for (const auto& rematch : run.rematches) {
    if (rematch.challenger == challenger && rematch.champion == champion) last = &rematch;
  }
  return last;
}

std::optional<SpeedRatio> measured_ratio(const RunRecord& run, ProgramId fast, ProgramId slow) {
  if (const auto* rematch = rematch_of(run, fast, slow)) {
    return SpeedRatio{rematch->ratio, rematch->interval, true};
  }
  const auto* a = run.program(fast);
  const auto* b = run.program(slow);
  return a != nullptr && b != nullptr ? speed_ratio(a->result, b->result) : std::nullopt;
}

std::vector<ChampionStep> champions_of(const RunRecord& run, const search::Program& seed) {
  std::vector<ChampionStep> steps = {{seed.id, {}, {}}};
  std::vector<ProgramId> improved;
  for (const auto& attempt : run.attempts) {
    if (attempt.improvement && run.program(attempt.program) != nullptr) {
      improved.push_back(attempt.program);
    }
  }
  // Programs get their ids when they are measured, attempts when they are handed out.
  std::sort(improved.begin(), improved.end());
  for (const auto id : improved) {
    steps.push_back({id, measured_ratio(run, id, steps.back().program),
                     speed_ratio(run.program(id)->result, seed.result)});
  }
  return steps;
}

std::vector<MutatorTally> mutators_of(const RunRecord& run,
                                      const std::vector<ChampionStep>& champions) {
  std::map<std::string, MutatorTally> tallies;
  for (const auto& attempt : run.attempts) {
    auto& tally = tallies[attempt.mutator];
    tally.mutator = attempt.mutator;
    tally.proposed += 1;
    tally.evaluated += attempt.program != 0 ? 1 : 0;
    tally.accepted += attempt.outcome == search::Outcome::accepted ? 1 : 0;
    tally.improved += attempt.improvement ? 1 : 0;
    tally.seconds += attempt.propose_seconds + attempt.build_seconds + attempt.evaluate_seconds;
    const auto step =
        std::find_if(champions.begin(), champions.end(), [&](const ChampionStep& champion) {
          return attempt.improvement && champion.program == attempt.program;
        });
    if (step != champions.end() && step->gain) tally.gain *= step->gain->value;
  }
  std::vector<MutatorTally> list;
  for (auto& [name, tally] : tallies) list.push_back(std::move(tally));
  return list;
}

double number_at(const Json& json, const char* key) {
  const auto at = json.find(key);
  return at != json.end() && at->is_number() ? at->get<double>() : 0;
}

ModelCost models_of(const RunRecord& run) {
  ModelCost cost;
  for (const auto& [attempt, exchanges] : run.exchanges) {
    for (const auto& exchange : exchanges) {
      if (exchange.slot != "llm") continue;
      cost.exchanges += 1;
      cost.failed += exchange.error.empty() ? 0 : 1;
      cost.seconds += exchange.seconds;
      if (!exchange.reply.is_object()) continue;
      const auto usage = exchange.reply.find("usage");
      if (usage == exchange.reply.end() || !usage->is_object()) continue;
      cost.input_tokens += number_at(*usage, "input_tokens");
      cost.output_tokens += number_at(*usage, "output_tokens");
      const auto price = usage->find("cost_usd");
      if (price != usage->end() && price->is_number()) {
        cost.usd = cost.usd.value_or(0) + price->get<double>();
      }
    }
  }
  return cost;
}

}  // namespace

std::optional<SpeedRatio> speed_ratio(const CandidateResult& fast, const CandidateResult& slow) {
  if (fast.workloads.empty() || fast.workloads.size() != slow.workloads.size()) return std::nullopt;
  double logs = 0, variance = 0;
  bool noise_known = true;
  for (const auto& w : fast.workloads) {
    const auto other = std::find_if(slow.workloads.begin(), slow.workloads.end(),
                                    [&](const auto& o) { return o.uuid == w.uuid; });
    if (other == slow.workloads.end() || !w.trial.timing || !other->trial.timing) {
      return std::nullopt;
    }
    const auto& a = *w.trial.timing;
    const auto& b = *other->trial.timing;
    if (!(a.latency_ms > 0) || !(b.latency_ms > 0)) return std::nullopt;
    logs += std::log(b.latency_ms / a.latency_ms);
    const double sd_a = log_sd(a), sd_b = log_sd(b);
    noise_known = noise_known && sd_a > 0 && sd_b > 0;
    variance += sd_a * sd_a + sd_b * sd_b;
  }
  const auto count = static_cast<double>(fast.workloads.size());
  const double mean = logs / count, half = z975 * std::sqrt(variance) / count;
  SpeedRatio ratio{std::exp(mean), {}, false};
  if (noise_known) ratio.interval = Interval{std::exp(mean - half), std::exp(mean + half)};
  return ratio;
}

RunStanding standing_of(const RunRecord& run) {
  RunStanding s;
  const auto seed = std::find_if(run.programs.begin(), run.programs.end(),
                                 [](const auto& program) { return program.attempt == 0; });
  if (seed != run.programs.end()) {
    s.seed = seed->id;
    s.champions = champions_of(run, *seed);
    s.best = s.champions.back().program;
    if (s.best != s.seed) s.over_seed = measured_ratio(run, s.best, s.seed);
  }
  s.proposals = run.attempts.size();
  s.evaluated = static_cast<std::size_t>(run.iteration);
  for (const auto& attempt : run.attempts) {
    s.outcomes[attempt.outcome] += 1;
    s.improvements += attempt.improvement ? 1 : 0;
    s.propose_seconds += attempt.propose_seconds;
    s.build_seconds += attempt.build_seconds;
    s.device_seconds += attempt.evaluate_seconds;
  }
  s.mutators = mutators_of(run, s.champions);
  s.models = models_of(run);
  return s;
}

std::vector<ProgramId> ancestry(const RunRecord& run, ProgramId id) {
  std::vector<ProgramId> path;
  while (const auto* program = run.program(id)) {
    if (std::find(path.begin(), path.end(), id) != path.end()) break;
    path.push_back(id);
    if (program->parents.empty()) break;
    id = program->parents.front();
  }
  return path;
}

}  // namespace fihost
