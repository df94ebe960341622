#include "core/eval/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace fihost {
namespace {

constexpr int replicates = 100;
constexpr std::uint64_t bootstrap_seed = 0x5eed0f1d05ULL;

/// SplitMix64's output function: a counter in, 64 well-mixed bits out.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

double uniform(std::uint64_t counter) {
  const auto bits = mix(bootstrap_seed ^ mix(counter)) >> 11;
  return (static_cast<double>(bits) + 0.5) * 0x1.0p-53;
}

/// Standard normal number `counter` (Box and Muller).
double normal(std::uint64_t counter) {
  return std::sqrt(-2.0 * std::log(uniform(2 * counter))) *
         std::cos(2.0 * std::numbers::pi * uniform(2 * counter + 1));
}

/// The candidate's measurements as the scorer is asked about them.
ScoreRequest measured(const CandidateResult& candidate, const Ranking& ranking) {
  ScoreRequest request{.definition = ranking.definition,
                       .candidate = candidate.name,
                       .baseline_kind = ranking.baseline_kind,
                       .baseline_name = ranking.baseline_name,
                       .workloads = {}};
  for (const auto& w : candidate.workloads) {
    request.workloads.push_back({.uuid = w.uuid,
                                 .axes = w.axes,
                                 .latency_ms = w.trial.timing->latency_ms,
                                 .baseline_ms = w.baseline->latency_ms});
  }
  return request;
}

/// Scores that other runs might have given. `with_baseline`: with its errors too.
std::vector<double> replicate_scores(const CandidateResult& candidate, const ScoreRequest& request,
                                     const Scorer& scorer, bool with_baseline) {
  std::vector<double> scores;
  const std::size_t count = request.workloads.size();
  for (std::uint64_t r = 0; r < replicates; ++r) {
    auto moved = request;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& w = candidate.workloads[i];
      const std::uint64_t counter = 2 * (r * count + i);
      moved.workloads[i].latency_ms *= std::exp(log_sd(*w.trial.timing) * normal(counter));
      if (!with_baseline) continue;
      moved.workloads[i].baseline_ms *= std::exp(log_sd(*w.baseline) * normal(counter + 1));
    }
    const auto score = scorer(moved).value;
    if (score && std::isfinite(*score)) scores.push_back(*score);
  }
  return scores;
}

double log_deviation(const std::vector<double>& scores) {
  double sum = 0, squares = 0, n = 0;
  for (const double score : scores) {
    if (!(score > 0)) return 0;  // no logarithm: such scores tie only when they are equal
    sum += std::log(score);
    squares += std::log(score) * std::log(score);
    n += 1;
  }
  if (n < 2) return 0;
  return std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1)));
}

/// Standard deviation of log(score) that the processes' own scores speak of, as large as makes 1.96
/// of it Student's 95 % half-width. A process that is a little slow everywhere moves all workloads
/// together, which perturbing each by itself cannot show.
double process_deviation(const CandidateResult& candidate, const ScoreRequest& request,
                         const Scorer& scorer, bool with_baseline) {
  const std::size_t count = process_count(candidate);
  if (count < 2) return 0;
  std::vector<double> scores;
  for (std::size_t p = 0; p < count; ++p) {
    auto own = request;
    for (std::size_t i = 0; i < own.workloads.size(); ++i) {
      const auto& w = candidate.workloads[i];
      own.workloads[i].latency_ms = w.trial.timing->processes_ms[p];
      if (with_baseline) own.workloads[i].baseline_ms = w.baseline->processes_ms[p];
    }
    if (const auto score = scorer(own).value; score && std::isfinite(*score))
      scores.push_back(*score);
  }
  const double student = student_t975(count - 1) / z975;
  return student * log_deviation(scores) / std::sqrt(static_cast<double>(count));
}

bool tied(const CandidateResult& a, const CandidateResult& b) {
  if (*a.score == *b.score) return true;
  if (!(*a.score > 0) || !(*b.score > 0)) return false;
  const double difference = std::abs(std::log(*a.score) - std::log(*b.score));
  const double noise = z975 * std::hypot(a.log_score_sd, b.log_score_sd);
  const bool one_process = std::min(process_count(a), process_count(b)) < 2;
  return difference <= std::max(noise, std::log1p(one_process ? quick_tie_floor : tie_floor));
}

std::ptrdiff_t passed_count(const CandidateResult& candidate) {
  return std::count_if(candidate.workloads.begin(), candidate.workloads.end(),
                       [](const auto& w) { return w.trial.status == Status::passed; });
}

bool better(const CandidateResult& a, const CandidateResult& b) {
  if (a.score.has_value() != b.score.has_value()) return a.score.has_value();
  if (a.score) return *a.score > *b.score;
  return passed_count(a) > passed_count(b);
}

/// Name everyone in [begin, end) to everyone else there.
void share_rank(std::vector<CandidateResult>& candidates, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    candidates[i].rank = static_cast<int>(begin) + 1;
    for (std::size_t j = begin; j < end; ++j) {
      if (j != i) candidates[i].tied_with.push_back(candidates[j].name);
    }
  }
}

}  // namespace

double log_sd(const Timing& timing) {
  const double half_width = (timing.high_ms - timing.low_ms) / 2;
  if (!(timing.latency_ms > 0) || !(half_width > 0)) return 0;
  return half_width / (z975 * timing.latency_ms);
}

std::size_t process_count(const CandidateResult& candidate) {
  std::optional<std::size_t> count;
  for (const auto& w : candidate.workloads) {
    if (!w.trial.timing || !w.baseline) return 0;
    const auto here =
        std::min(w.trial.timing->processes_ms.size(), w.baseline->processes_ms.size());
    count = std::min(count.value_or(here), here);
  }
  return count.value_or(0);
}

std::optional<double> WorkloadResult::speedup() const {
  if (!trial.timing || !baseline || !(trial.timing->latency_ms > 0)) return std::nullopt;
  return baseline->latency_ms / trial.timing->latency_ms;
}

std::optional<Interval> WorkloadResult::speedup_interval() const {
  const auto middle = speedup();
  if (!middle || trial.timing->samples < 2 || baseline->samples < 2) return std::nullopt;
  const double half_width = z975 * std::hypot(log_sd(*trial.timing), log_sd(*baseline));
  return Interval{*middle * std::exp(-half_width), *middle * std::exp(half_width)};
}

std::optional<double> WorkloadResult::roofline_fraction() const {
  if (!trial.timing || !floor_ms || !(trial.timing->latency_ms > 0)) return std::nullopt;
  return *floor_ms / trial.timing->latency_ms;
}

Status verdict_of(const CandidateResult& candidate) {
  if (candidate.refusal) return candidate.refusal->status;
  for (const auto& w : candidate.workloads) {
    if (w.trial.status != Status::passed) return w.trial.status;
  }
  return Status::passed;
}

CandidateResult scored(CandidateResult candidate, const Ranking& ranking, const Scorer& scorer) {
  candidate.verdict = verdict_of(candidate);
  candidate.score.reset();
  candidate.score_ci.reset();
  const bool complete = std::all_of(candidate.workloads.begin(), candidate.workloads.end(),
                                    [](const auto& w) { return w.trial.timing && w.baseline; });
  if (candidate.verdict != Status::passed || !complete || candidate.workloads.empty()) {
    return candidate;
  }
  const auto request = measured(candidate, ranking);
  auto score = scorer(request);
  candidate.reasons = std::move(score.reasons);
  if (!score.value || !std::isfinite(*score.value)) return candidate;
  candidate.score = score.value;
  // A single sample says nothing of its own error: no interval is better than one of width zero.
  const bool errors_known = std::all_of(
      candidate.workloads.begin(), candidate.workloads.end(),
      [](const auto& w) { return w.trial.timing->samples > 1 && w.baseline->samples > 1; });
  const auto scores = replicate_scores(candidate, request, scorer, true);
  if (errors_known && !scores.empty()) {
    const double spread = z975 * process_deviation(candidate, request, scorer, true);
    candidate.score_ci =
        Interval{std::min(quantile(scores, 0.025), *candidate.score * std::exp(-spread)),
                 std::max(quantile(scores, 0.975), *candidate.score * std::exp(spread))};
  }
  candidate.log_score_sd =
      std::max(log_deviation(replicate_scores(candidate, request, scorer, false)),
               process_deviation(candidate, request, scorer, false));
  return candidate;
}

std::vector<CandidateResult> ranked(std::vector<CandidateResult> candidates) {
  std::stable_sort(candidates.begin(), candidates.end(), better);
  std::size_t begin = 0;
  while (begin < candidates.size()) {
    std::size_t end = begin + 1;
    while (candidates[begin].score && end < candidates.size() && candidates[end].score &&
           tied(candidates[begin], candidates[end])) {
      ++end;
    }
    share_rank(candidates, begin, end);
    begin = end;
  }
  return candidates;
}

}  // namespace fihost
