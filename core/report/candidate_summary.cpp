#include "core/report/candidate_summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/eval/first_line.hpp"
#include "core/eval/workload_filter.hpp"
#include "core/report/quantity.hpp"

namespace fihost {
namespace {

std::string score_text(double score) { return fmt::format("{:.3f}", score); }

std::string rank_text(const CandidateResult& candidate) {
  if (!candidate.score) return "-";
  return fmt::format("{}{}", candidate.rank, candidate.tied_with.empty() ? " " : "=");
}

/// Geometric mean of the latencies, when there is one for each workload.
std::optional<double> mean_latency(const CandidateResult& candidate) {
  std::vector<double> latencies;
  for (const auto& w : candidate.workloads) {
    if (!w.trial.timing) return std::nullopt;
    latencies.push_back(w.trial.timing->latency_ms);
  }
  if (latencies.empty()) return std::nullopt;
  return geometric_mean(latencies);
}

/// The smallest and the largest speedup of a candidate that passed everywhere.
std::pair<std::string, std::string> extremes(const CandidateResult& candidate) {
  std::optional<double> worst, best;
  for (const auto& w : candidate.workloads) {
    const auto speedup = w.speedup();
    if (!speedup) continue;
    worst = std::min(worst.value_or(*speedup), *speedup);
    best = std::max(best.value_or(*speedup), *speedup);
  }
  if (candidate.verdict != Status::passed) return {"-", "-"};
  return {speedup_text(worst), speedup_text(best)};
}

std::string build_text(const CandidateResult& candidate) {
  if (candidate.build_cached) return "cached";
  return candidate.build_seconds > 0 ? fmt::format("{:.1f} s", candidate.build_seconds) : "-";
}

}  // namespace

CandidateSummary summary_of(const CandidateResult& candidate) {
  const auto [worst, best] = extremes(candidate);
  const auto& ci = candidate.score_ci;
  return {.rank = rank_text(candidate),
          .score = candidate.score ? score_text(*candidate.score) : "-",
          .interval = ci ? fmt::format("[{}, {}]", score_text(ci->low), score_text(ci->high)) : "-",
          .latency = duration_text(mean_latency(candidate)),
          .worst = worst,
          .best = best,
          .build = build_text(candidate)};
}

std::string failure_text(const CandidateResult& candidate) {
  if (candidate.refusal) return first_line(candidate.refusal->log);
  std::size_t failures = 0;
  const WorkloadResult* first = nullptr;
  for (const auto& w : candidate.workloads) {
    if (w.trial.status == Status::passed) continue;
    if (failures++ == 0) first = &w;
  }
  if (first == nullptr) {
    return candidate.reasons.empty() ? "the scorer gave no score" : candidate.reasons.front();
  }
  auto log = first_line(first->trial.log);
  if (log.empty()) log = "no message";
  if (failures == candidate.workloads.size()) return log;
  return fmt::format("{} of {} workloads failed, the first is {} ({}): {}", failures,
                     candidate.workloads.size(), short_uuid(first->uuid), axes_text(first->axes),
                     log);
}

std::string short_uuid(const std::string& uuid) { return uuid.substr(0, 8); }

}  // namespace fihost
