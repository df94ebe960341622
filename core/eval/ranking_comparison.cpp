#include "core/eval/ranking_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"

namespace fihost {
namespace {

/// A positive figure of which more is better, and the standard deviation of its logarithm.
struct Figure {
  double value = 0, log_sd = 0;
};

/// Two candidates of the same name, and how they are compared.
struct Pair {
  const CandidateResult& before;
  const CandidateResult& after;
  bool by_score;
  double threshold;

  /// Log ratios within this are no change, whatever the errors say.
  [[nodiscard]] double floor() const {
    const bool one_process = std::min(process_count(before), process_count(after)) < 2;
    return std::log1p(std::max(one_process ? quick_tie_floor : tie_floor, threshold));
  }
};

Ratio ratio_of(const Figure& before, const Figure& after) {
  const double value = after.value / before.value;
  const double half_width = z975 * std::hypot(before.log_sd, after.log_sd);
  return {.before = before.value,
          .after = after.value,
          .value = value,
          .interval = {value * std::exp(-half_width), value * std::exp(half_width)}};
}

Change change_of(const Ratio& ratio, double floor) {
  const double change = std::log(ratio.value);
  if (std::abs(change) <= floor) return Change::same;
  if (ratio.interval.low > 1) return Change::faster;
  return ratio.interval.high < 1 ? Change::slower : Change::same;
}

bool passes(Status status) { return status == Status::passed; }

/// None without a score or when nothing is known of its error. The errors of the baselines count:
/// each ranking measured its own.
std::optional<Figure> score_figure(const CandidateResult& candidate) {
  if (!candidate.score || !(*candidate.score > 0)) return std::nullopt;
  if (!candidate.score_ci && !(candidate.log_score_sd > 0)) return std::nullopt;
  double sd = candidate.log_score_sd;
  if (const auto& ci = candidate.score_ci; ci && ci->low > 0) {
    sd = std::max(sd, std::log(ci->high / ci->low) / (2 * z975));
  }
  return Figure{.value = *candidate.score, .log_sd = sd};
}

std::optional<Figure> workload_figure(const WorkloadResult& w, bool by_score) {
  const auto& timing = w.trial.timing;
  if (!timing || !(timing->latency_ms > 0)) return std::nullopt;
  if (!by_score) return Figure{.value = 1e3 / timing->latency_ms, .log_sd = log_sd(*timing)};
  const auto speedup = w.speedup();
  if (!speedup) return std::nullopt;
  return Figure{.value = *speedup, .log_sd = std::hypot(log_sd(*timing), log_sd(*w.baseline))};
}

const WorkloadResult* find_workload(const CandidateResult& candidate, const std::string& uuid) {
  const auto& all = candidate.workloads;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& w) { return w.uuid == uuid; });
  return found == all.end() ? nullptr : &*found;
}

/// Calls a second over the workloads that both have: the mean of the processes' own means with
/// Student's error where there are several, as a slow process is so on every workload.
std::optional<Figure> rate_figure(const CandidateResult& candidate, const CandidateResult& other) {
  std::vector<const Timing*> timings;
  double variance = 0;
  std::size_t processes = process_count(candidate);
  for (const auto& w : candidate.workloads) {
    if (find_workload(other, w.uuid) == nullptr) continue;
    if (!w.trial.timing || !(w.trial.timing->latency_ms > 0)) return std::nullopt;
    timings.push_back(&*w.trial.timing);
    variance += log_sd(*w.trial.timing) * log_sd(*w.trial.timing);
  }
  if (timings.empty()) return std::nullopt;
  const auto count = static_cast<double>(timings.size());
  const auto rate = [&](const auto& latency) {
    double sum = 0;
    for (const auto* timing : timings) sum += std::log(1e3 / latency(*timing));
    return std::exp(sum / count);
  };
  Figure figure{.value = rate([](const Timing& t) { return t.latency_ms; }),
                .log_sd = std::sqrt(variance) / count};
  std::vector<double> means;
  for (std::size_t p = 0; p < processes; ++p) {
    means.push_back(rate([p](const Timing& t) { return t.processes_ms[p]; }));
  }
  if (means.size() > 1) figure.log_sd = std::max(figure.log_sd, between_blocks(means) / z975);
  return figure;
}

WorkloadChange workload_change(const WorkloadResult& before, const WorkloadResult& after,
                               const Pair& pair) {
  WorkloadChange change{.uuid = after.uuid,
                        .axes = after.axes,
                        .change = Change::same,
                        .before = before.trial.status,
                        .after = after.trial.status,
                        .ratio = {}};
  if (passes(change.before) != passes(change.after)) {
    change.change = passes(change.after) ? Change::passes : Change::fails;
    return change;
  }
  const auto left = workload_figure(before, pair.by_score);
  const auto right = workload_figure(after, pair.by_score);
  if (!left || !right) return change;
  change.ratio = ratio_of(*left, *right);
  change.change = change_of(*change.ratio, pair.floor());
  return change;
}

CandidateChange candidate_change(const Pair& pair) {
  const auto& [before, after, by_score, threshold] = pair;
  CandidateChange change;
  change.name = after.name;
  change.before = before.verdict;
  change.after = after.verdict;
  bool newly_fails = passes(before.verdict) && !passes(after.verdict);
  for (const auto& w : after.workloads) {
    const auto* earlier = find_workload(before, w.uuid);
    if (earlier == nullptr) continue;
    change.workloads.push_back(workload_change(*earlier, w, pair));
    newly_fails = newly_fails || change.workloads.back().change == Change::fails;
  }
  if (newly_fails) {
    change.change = Change::fails;
  } else if (!passes(after.verdict)) {
    change.change = Change::same;
  } else if (!passes(before.verdict)) {
    change.change = Change::passes;
  } else {
    const auto left = by_score ? score_figure(before) : rate_figure(before, after);
    const auto right = by_score ? score_figure(after) : rate_figure(after, before);
    if (!left || !right) return change;
    change.ratio = ratio_of(*left, *right);
    change.change = change_of(*change.ratio, pair.floor());
  }
  return change;
}

/// Of the workloads that candidates were tried on.
std::vector<std::string> uuids(const Ranking& ranking) {
  for (const auto& candidate : ranking.candidates) {
    if (candidate.workloads.empty()) continue;
    std::vector<std::string> out;
    for (const auto& w : candidate.workloads) out.push_back(w.uuid);
    return out;
  }
  return {};
}

std::string workloads_text(const std::vector<std::string>& all,
                           const std::vector<std::string>& other) {
  const auto own = std::count_if(all.begin(), all.end(), [&](const auto& uuid) {
    return std::find(other.begin(), other.end(), uuid) == other.end();
  });
  return fmt::format("{}, {} of them only here", all.size(), own);
}

std::vector<Difference> differences(const Ranking& before, const Ranking& after) {
  std::vector<Difference> out;
  const auto check = [&out](const char* what, const std::string& left, const std::string& right) {
    if (left != right) out.push_back({what, left, right});
  };
  check("driver", before.device.driver, after.device.driver);
  check("timer", before.timer, after.timer);
  check("flush", before.flush, after.flush);
  check("seed", std::to_string(before.seed), std::to_string(after.seed));
  check("scorer", before.scorer, after.scorer);
  check("baseline", before.baseline_name, after.baseline_name);
  const auto left = uuids(before), right = uuids(after);
  if (!left.empty() && !right.empty() && left != right) {
    out.push_back({"workloads", workloads_text(left, right), workloads_text(right, left)});
  }
  return out;
}

std::string device_text(const DeviceInfo& device) {
  return fmt::format("{} ({})", device.name.empty() ? device.type : device.name, device.arch);
}

const CandidateResult* find_candidate(const Ranking& ranking, const std::string& name) {
  const auto& all = ranking.candidates;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& c) { return c.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Ranking* find_ranking(const std::vector<Ranking>& rankings, const std::string& definition) {
  const auto found = std::find_if(rankings.begin(), rankings.end(),
                                  [&](const auto& r) { return r.definition == definition; });
  return found == rankings.end() ? nullptr : &*found;
}

CandidateChange alone(const CandidateResult& candidate, Change change) {
  CandidateChange out;
  out.name = candidate.name;
  out.change = change;
  (change == Change::appears ? out.after : out.before) = candidate.verdict;
  return out;
}

RankingComparison one_sided(const Ranking& ranking, Change change) {
  RankingComparison comparison;
  comparison.definition = ranking.definition;
  for (const auto& candidate : ranking.candidates) {
    comparison.candidates.push_back(alone(candidate, change));
  }
  return comparison;
}

std::string definitions_text(const std::vector<Ranking>& rankings) {
  std::string text;
  for (const auto& ranking : rankings) {
    text += (text.empty() ? "" : ", ") +
            (ranking.definition.empty() ? std::string("an unknown one") : ranking.definition);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string_view name(Change change) {
  switch (change) {
    case Change::same:
      return "same";
    case Change::faster:
      return "faster";
    case Change::slower:
      return "slower";
    case Change::passes:
      return "passes";
    case Change::fails:
      return "fails";
    case Change::appears:
      return "appears";
    case Change::disappears:
      return "disappears";
  }
  return "";
}

RankingComparison compare(const Ranking& before, const Ranking& after, double threshold) {
  if (device_text(before.device) != device_text(after.device)) {
    fail(
        "cannot compare times of {} on two devices: found {} before and {} after; rank both on one",
        after.definition.empty() ? "an unknown definition" : after.definition,
        device_text(before.device), device_text(after.device));
  }
  RankingComparison comparison;
  comparison.definition = after.definition;
  comparison.differences = differences(before, after);
  for (const auto& difference : comparison.differences) {
    for (const auto* what : {"scorer", "baseline", "workloads"}) {
      if (difference.what == what) comparison.by_score = false;
    }
  }
  for (const auto& candidate : after.candidates) {
    const auto* earlier = find_candidate(before, candidate.name);
    comparison.candidates.push_back(
        earlier == nullptr
            ? alone(candidate, Change::appears)
            : candidate_change({*earlier, candidate, comparison.by_score, threshold}));
  }
  for (const auto& candidate : before.candidates) {
    if (find_candidate(after, candidate.name) != nullptr) continue;
    comparison.candidates.push_back(alone(candidate, Change::disappears));
  }
  return comparison;
}

std::vector<RankingComparison> compare(const std::vector<Ranking>& before,
                                       const std::vector<Ranking>& after, double threshold) {
  std::vector<RankingComparison> comparisons;
  bool common = false;
  for (const auto& ranking : after) {
    const auto* earlier = find_ranking(before, ranking.definition);
    common = common || earlier != nullptr;
    comparisons.push_back(earlier == nullptr ? one_sided(ranking, Change::appears)
                                             : compare(*earlier, ranking, threshold));
  }
  if (!common) {
    fail("nothing to compare: the definitions are {} before and {} after", definitions_text(before),
         definitions_text(after));
  }
  for (const auto& ranking : before) {
    if (find_ranking(after, ranking.definition) != nullptr) continue;
    comparisons.push_back(one_sided(ranking, Change::disappears));
  }
  return comparisons;
}

bool worse(const RankingComparison& comparison) {
  return std::any_of(comparison.candidates.begin(), comparison.candidates.end(), [](const auto& c) {
    return c.change == Change::slower || c.change == Change::fails;
  });
}

}  // namespace fihost
