#include "core/report/run_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/eval/workload_filter.hpp"
#include "core/report/candidate_summary.hpp"
#include "core/report/quantity.hpp"
#include "core/report/run_standing.hpp"
#include "core/report/text_table.hpp"

namespace fihost {
namespace {

constexpr std::size_t reasons_shown = 3;  // of each outcome

std::string ratio_text(const std::optional<SpeedRatio>& ratio) {
  if (!ratio) return "-";
  auto text = speedup_text(ratio->value);
  if (ratio->interval) {
    text += fmt::format(" [{}, {}]", speedup_text(ratio->interval->low),
                        speedup_text(ratio->interval->high));
  }
  return text;
}

std::string heading(const RunRecord& run, const RunStanding& s) {
  const auto device =
      run.head.about.is_object() ? run.head.about.value("device", Json::object()) : Json::object();
  const auto name = device.is_object() && device.contains("name") && device["name"].is_string()
                        ? device["name"].get<std::string>()
                        : "an unknown device";
  auto text = printable(fmt::format("{} on {}, started {}", run.head.definition, name,
                                    run.head.created_at)) +
              "\n";
  if (!run.head.branched_from.empty()) {
    text += printable("branched from " + run.head.branched_from) + "\n";
  }
  const auto end = run.end_note.empty() ? "it runs, or was killed" : run.end_note;
  return text +
         printable(fmt::format("{} proposals, {} evaluated, {} improvements; {}", s.proposals,
                               s.evaluated, s.improvements, end)) +
         "\n";
}

std::string best_text(const RunRecord& run, const RunStanding& s, const Terminal& terminal) {
  const auto* best = run.program(s.best);
  if (best == nullptr) return "\nnothing was measured yet\n";
  auto text = "\nbest " + printable(best->name);
  if (best->result.score) text += fmt::format(", score {:.3f}", *best->result.score);
  if (s.best == s.seed) return text + ": nothing is faster than the seed\n";
  text += fmt::format(", {} the seed ({})", ratio_text(s.over_seed),
                      s.over_seed && s.over_seed->rematch ? "timed in turns" : "each timed alone");
  text += "\n";
  if (best->note.empty()) return text;
  return text + fitted("  " + printable(best->note), static_cast<std::size_t>(terminal.width)) +
         "\n";
}

std::string workload_table(const RunRecord& run, const RunStanding& s, const Terminal& terminal) {
  const auto* best = run.program(s.best);
  const auto* seed = run.program(s.seed);
  if (best == nullptr || seed == nullptr || best->result.workloads.empty()) return {};
  TextTable table({{"workload"},
                   {"axes", false, true},
                   {"latency", true},
                   {"seed", true},
                   {"over seed", true},
                   {"over baseline", true},
                   {"roofline", true}});
  for (const auto& w : best->result.workloads) {
    const auto& before = seed->result.workloads;
    const auto at = std::find_if(before.begin(), before.end(),
                                 [&](const auto& other) { return other.uuid == w.uuid; });
    const auto latency = [](const WorkloadResult& result) {
      return result.trial.timing ? std::optional(result.trial.timing->latency_ms) : std::nullopt;
    };
    const auto now = latency(w), then = at != before.end() ? latency(*at) : std::nullopt;
    table.add({short_uuid(w.uuid), axes_text(w.axes), duration_text(now), duration_text(then),
               now && then && *now > 0 ? speedup_text(*then / *now) : "-",
               speedup_text(w.speedup()), percent_text(w.roofline_fraction())});
  }
  return "\n" + table.text(terminal);
}

std::string steps_table(const RunRecord& run, const RunStanding& s, const Terminal& terminal) {
  if (s.champions.size() < 2) return {};
  TextTable table({{"champion"},
                   {"mutator"},
                   {"over the one before"},
                   {"over the seed"},
                   {"note", false, true}});
  for (const auto& step : s.champions) {
    const auto* program = run.program(step.program);
    if (program == nullptr || !step.gain) continue;
    table.add({{program->name, Tone::strong},
               program->mutator,
               ratio_text(step.gain),
               ratio_text(step.over_seed),
               program->note});
  }
  return "\n" + table.text(terminal);
}

std::string outcome_lines(const RunRecord& run, const RunStanding& s, const Terminal& terminal) {
  std::string text;
  for (const auto& [outcome, count] : s.outcomes) {
    text += fmt::format("{:>6}  {}\n", count, search::name(outcome));
    if (outcome == search::Outcome::accepted) continue;
    std::map<std::string, std::size_t> reasons;
    for (const auto& attempt : run.attempts) {
      if (attempt.outcome == outcome && !attempt.reason.empty()) reasons[attempt.reason] += 1;
    }
    std::vector<std::pair<std::string, std::size_t>> order(reasons.begin(), reasons.end());
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    order.resize(std::min(order.size(), reasons_shown));
    for (const auto& [reason, times] : order) {
      text += fitted(fmt::format("        {} x {}", times, printable(reason)),
                     static_cast<std::size_t>(terminal.width)) +
              "\n";
    }
  }
  return text.empty() ? text : "\nwhat became of the proposals\n" + text;
}

std::string mutator_table(const RunStanding& s, const Terminal& terminal) {
  if (s.mutators.empty()) return {};
  TextTable table({{"mutator", false, true},
                   {"proposed", true},
                   {"evaluated", true},
                   {"accepted", true},
                   {"improved", true},
                   {"time", true},
                   {"gain", true}});
  for (const auto& m : s.mutators) {
    table.add({{m.mutator, Tone::strong},
               std::to_string(m.proposed),
               std::to_string(m.evaluated),
               std::to_string(m.accepted),
               std::to_string(m.improved),
               clock_text(m.seconds),
               m.improved > 0 ? speedup_text(m.gain) : "-"});
  }
  return "\n" + table.text(terminal);
}

std::string cost_text(const RunStanding& s) {
  auto text = fmt::format("\ntime: {} proposing, {} building, {} measuring\n",
                          clock_text(s.propose_seconds), clock_text(s.build_seconds),
                          clock_text(s.device_seconds));
  const auto& models = s.models;
  if (models.exchanges == 0) return text;
  text +=
      fmt::format("models: {} questions, {} failed, {} tokens in, {} out", models.exchanges,
                  models.failed, count_text(models.input_tokens), count_text(models.output_tokens));
  return text + (models.usd ? fmt::format(", {:.2f} USD\n", *models.usd) : "\n");
}

}  // namespace

std::string run_summary(const RunRecord& run, const Terminal& terminal) {
  const auto s = standing_of(run);
  return heading(run, s) + best_text(run, s, terminal) + workload_table(run, s, terminal) +
         steps_table(run, s, terminal) + outcome_lines(run, s, terminal) +
         mutator_table(s, terminal) + cost_text(s);
}

}  // namespace fihost
