#include "core/report/leaderboard.hpp"

#include <fmt/format.h>

#include "core/eval/workload_filter.hpp"
#include "core/report/candidate_summary.hpp"
#include "core/report/quantity.hpp"
#include "core/report/text_table.hpp"

namespace fihost {
namespace {

Tone tone_of(Status status) { return status == Status::passed ? Tone::good : Tone::bad; }

std::vector<Cell> leaderboard_row(const CandidateResult& candidate) {
  const auto summary = summary_of(candidate);
  return {{summary.rank, candidate.score ? Tone::strong : Tone::faint},
          {candidate.name, Tone::strong},
          {std::string(name(candidate.verdict)), tone_of(candidate.verdict)},
          {summary.score, Tone::strong},
          summary.interval,
          summary.latency,
          summary.worst,
          summary.best,
          {summary.build, Tone::faint}};
}

std::string failures(const std::vector<CandidateResult>& candidates, const Terminal& terminal) {
  std::string out;
  for (const auto& candidate : candidates) {
    if (candidate.score) continue;
    const auto line = printable(fmt::format("  {}: {}", candidate.name, failure_text(candidate)));
    out += fitted(line, static_cast<std::size_t>(terminal.width)) + "\n";
  }
  return out.empty() ? out : "\n" + out;
}

/// The half-width of the interval in percent of the latency.
std::string half_width(const Timing& timing) {
  if (!(timing.latency_ms > 0)) return "";
  return fmt::format("+-{:.1f} %", 50 * (timing.high_ms - timing.low_ms) / timing.latency_ms);
}

std::vector<Cell> workload_row(std::size_t index, const WorkloadResult& w) {
  const auto& timing = w.trial.timing;
  const auto& correctness = w.trial.correctness;
  const auto error = [&](double Correctness::*field) {
    return correctness ? number_text((*correctness).*field) : std::string("-");
  };
  std::optional<double> matched;
  if (correctness) matched = correctness->matched_ratio;
  return {{std::to_string(index), Tone::faint},
          {short_uuid(w.uuid), Tone::faint},
          axes_text(w.axes),
          {std::string(name(w.trial.status)), tone_of(w.trial.status)},
          {duration_text(timing ? std::optional(timing->latency_ms) : std::nullopt), Tone::strong},
          timing ? half_width(*timing) : std::string("-"),
          duration_text(w.baseline ? std::optional(w.baseline->latency_ms) : std::nullopt),
          {speedup_text(w.speedup()), Tone::strong},
          percent_text(w.roofline_fraction()),
          error(&Correctness::max_abs_error),
          error(&Correctness::max_rel_error),
          percent_text(matched, 2)};
}

/// What the strict rule says of workloads that passed by the other.
std::string strict_remarks(const CandidateResult& candidate, const Terminal& terminal) {
  std::string out;
  for (const auto& w : candidate.workloads) {
    if (w.trial.status != Status::passed || !w.trial.correctness) continue;
    const std::string& failure = w.trial.correctness->strict.failure;
    if (failure.empty()) continue;
    const auto line =
        fmt::format("  strict rule: {} ({}): {}", short_uuid(w.uuid), axes_text(w.axes), failure);
    out += fitted(line, static_cast<std::size_t>(terminal.width)) + "\n";
  }
  return out.empty() ? out : "\n" + out;
}

/// Which rows are not of this run: clocks and neighbours may have changed since.
std::string earlier_runs(const std::vector<CandidateResult>& candidates) {
  std::size_t count = 0;
  std::string oldest;
  for (const auto& candidate : candidates) {
    if (candidate.measured_at.empty()) continue;
    ++count;
    if (oldest.empty() || candidate.measured_at < oldest) oldest = candidate.measured_at;
  }
  if (count == 0) return {};
  return fmt::format("\n{} of {} rows are from earlier runs, the oldest of {}\n", count,
                     candidates.size(), oldest);
}

}  // namespace

std::string heading(const Ranking& ranking, const Terminal& terminal) {
  const auto& device = ranking.device;
  std::string out = painted(ranking.definition.empty() ? "unknown definition" : ranking.definition,
                            Tone::strong, terminal.colour);
  const auto count = ranking.candidates.empty() ? 0 : ranking.candidates.front().workloads.size();
  if (count > 0) out += fmt::format(", {} workload{}", count, count == 1 ? "" : "s");
  out += fmt::format(" on {}", device.name.empty() ? device.text() : device.name);
  if (device.cuda()) out += fmt::format(" ({}, driver {})", device.arch, device.driver);
  out += "\n";
  if (ranking.timer.empty()) return out;
  const auto about =
      fmt::format("baseline {} ({}), {}, seed {}{}\ntimer: {}\n", ranking.baseline_name,
                  ranking.baseline_kind, ranking.scorer, ranking.seed,
                  ranking.rule == CorrectnessRule::compat ? ", compat rule" : "", ranking.timer);
  return out + painted(about, Tone::faint, terminal.colour);
}

std::string leaderboard(const Ranking& ranking, const Terminal& terminal) {
  TextTable table({{"rank", true, false},
                   {"name", false, true},
                   {"verdict", false, false},
                   {"score", true, false},
                   {"95 % interval", false, false},
                   {"latency", true, false},
                   {"worst", true, false},
                   {"best", true, false},
                   {"build", true, false}});
  bool ties = false;
  for (const auto& candidate : ranking.candidates) {
    table.add(leaderboard_row(candidate));
    ties = ties || !candidate.tied_with.empty();
  }
  auto out = heading(ranking, terminal) + "\n" + table.text(terminal);
  if (ties) out += "\n= the difference is within the noise\n";
  out += earlier_runs(ranking.candidates);
  return out + failures(ranking.candidates, terminal);
}

std::string workload_table(const CandidateResult& candidate, const Terminal& terminal) {
  TextTable table({{"#", true, false},
                   {"uuid", false, false},
                   {"axes", false, true},
                   {"status", false, false},
                   {"latency", true, false},
                   {"95 %", true, false},
                   {"baseline", true, false},
                   {"speedup", true, false},
                   {"roofline", true, false},
                   {"abs err", true, false},
                   {"rel err", true, false},
                   {"matched", true, false}});
  for (std::size_t i = 0; i < candidate.workloads.size(); ++i) {
    table.add(workload_row(i, candidate.workloads[i]));
  }
  return candidate.workloads.empty() ? std::string()
                                     : table.text(terminal) + strict_remarks(candidate, terminal);
}

}  // namespace fihost
