#include "core/dataset/standings.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "core/base/statistics.hpp"

namespace fihost {
namespace {

/// Definition, hardware, solution.
using SolutionKey = std::tuple<std::string, std::string, std::string>;

/// The traces of one solution.
struct Record {
  std::map<std::string, const TracePerformance*> best;  // by workload; null: attempted, not passed
  bool clean = true;
};

using Records = std::map<SolutionKey, Record>;

Records collect(const std::vector<Located<Trace>>& traces) {
  Records records;
  for (const auto& each : traces) {
    const auto& trace = each.value;
    if (!trace.solution || !trace.evaluation) continue;
    auto& record = records[{trace.definition, trace.evaluation->hardware, *trace.solution}];
    auto& best = record.best[trace.workload.uuid];
    const auto& performance = trace.evaluation->performance;
    if (!performance) {
      record.clean = false;
    } else if (best == nullptr || performance->latency_ms < best->latency_ms) {
      best = &*performance;
    }
  }
  return records;
}

/// `ratios` holds 0 where the solution failed.
std::optional<Speedups> speedups(const std::vector<double>& ratios, const std::vector<double>& p) {
  if (ratios.empty()) return std::nullopt;
  const auto n = static_cast<double>(ratios.size());
  const auto share_above = [&](double limit) {
    return static_cast<double>(
               std::count_if(ratios.begin(), ratios.end(), [&](double r) { return r > limit; })) /
           n;
  };
  Speedups out;
  out.workloads = ratios.size();
  for (const double r : ratios) out.mean += r / n;
  if (std::all_of(ratios.begin(), ratios.end(), [](double r) { return r > 0; })) {
    out.geometric_mean = geometric_mean(ratios);
  }
  out.win_rate = share_above(1);
  for (const double limit : p) out.win_at.push_back(share_above(limit));
  return out;
}

std::optional<Speedups> over_reference(const Record& record, const std::vector<double>& p) {
  std::vector<double> ratios;
  bool timed = false;  // flashinfer-bench writes 0 when the reference was not timed
  for (const auto& [uuid, best] : record.best) {
    ratios.push_back(best == nullptr ? 0 : best->speedup_factor);
    timed = timed || (best != nullptr && best->reference_latency_ms > 0);
  }
  return timed ? speedups(ratios, p) : std::nullopt;
}

std::optional<Speedups> over_baseline(const Record& record, const Record& baseline,
                                      const std::vector<double>& p) {
  std::vector<double> ratios;
  for (const auto& [uuid, best] : record.best) {
    const auto other = baseline.best.find(uuid);
    if (other == baseline.best.end() || other->second == nullptr) continue;
    const bool both = best != nullptr && best->latency_ms > 0;
    ratios.push_back(both ? other->second->latency_ms / best->latency_ms : 0);
  }
  return speedups(ratios, p);
}

double sort_value(const Standing& s) {
  if (s.over_baseline) return s.over_baseline->mean;
  return s.over_reference ? s.over_reference->mean : 0;
}

std::vector<AuthorStanding> author_standings(const std::vector<Standing>& solutions) {
  // Best of the author's solutions, by author, hardware and definition. A solution with a failed trace
  // counts nothing, as in the contest.
  using Best = std::pair<std::optional<double>, std::optional<double>>;
  std::map<std::pair<std::string, std::string>, std::map<std::string, Best>> best;
  const auto raise = [](std::optional<double>& value, const std::optional<Speedups>& speedups,
                        bool clean) {
    if (speedups) value = std::max(value.value_or(0), clean ? speedups->mean : 0);
  };
  for (const auto& s : solutions) {
    if (s.author.empty()) continue;
    auto& of = best[{s.author, s.hardware}][s.definition];
    raise(of.first, s.over_reference, s.clean);
    raise(of.second, s.over_baseline, s.clean);
  }
  std::vector<AuthorStanding> out;
  for (const auto& [key, definitions] : best) {
    AuthorStanding author{key.first, key.second, definitions.size(), {}, {}};
    std::vector<double> reference, baseline;
    for (const auto& [name, of] : definitions) {
      if (of.first) reference.push_back(*of.first);
      if (of.second) baseline.push_back(*of.second);
    }
    const auto mean = [](const std::vector<double>& values) -> std::optional<double> {
      if (values.empty()) return std::nullopt;
      double sum = 0;
      for (const double v : values) sum += v;
      return sum / static_cast<double>(values.size());
    };
    author.over_reference = mean(reference);
    author.over_baseline = mean(baseline);
    out.push_back(std::move(author));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    const auto value = [](const AuthorStanding& s) {
      return s.over_baseline.value_or(s.over_reference.value_or(0));
    };
    return value(a) > value(b);
  });
  return out;
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json speedups_json(const std::optional<Speedups>& s, const std::vector<double>& p) {
  if (!s) return nullptr;
  Json win_at = Json::array();
  for (std::size_t i = 0; i < p.size(); ++i)
    win_at.push_back({{"p", p[i]}, {"share", s->win_at[i]}});
  return {{"workloads", s->workloads},
          {"mean", s->mean},
          {"geometric_mean", number_or_null(s->geometric_mean)},
          {"win_rate", s->win_rate},
          {"win_at", std::move(win_at)}};
}

}  // namespace

Standings standings(const std::vector<Located<Trace>>& traces,
                    const std::vector<Located<Solution>>& solutions, const std::string& baseline,
                    const std::vector<double>& p) {
  Standings out;
  out.p = p;
  for (const auto& each : traces) {
    if (!each.value.evaluation) continue;
    ++out.traces;
    if (each.value.evaluation->status == Status::passed) ++out.passed;
  }
  std::map<std::string, std::string> author_of;
  for (const auto& each : solutions) author_of[each.value.name] = each.value.author;
  const auto is_baseline = [&](const std::string& solution) {
    return solution == baseline || author_of[solution] == baseline;
  };
  const auto records = collect(traces);
  std::map<std::pair<std::string, std::string>, const Record*> baseline_of;
  std::set<std::string> names;
  for (const auto& [key, record] : records) {
    const auto& [definition, hardware, solution] = key;
    if (!is_baseline(solution)) continue;
    if (baseline_of.emplace(std::pair{definition, hardware}, &record).second)
      names.insert(solution);
  }
  out.baselines.assign(names.begin(), names.end());
  for (const auto& [key, record] : records) {
    Standing s;
    std::tie(s.definition, s.hardware, s.solution) = key;
    s.author = author_of[s.solution];
    s.attempted = record.best.size();
    s.passed = static_cast<std::size_t>(std::count_if(
        record.best.begin(), record.best.end(), [](const auto& b) { return b.second != nullptr; }));
    s.clean = record.clean;
    s.over_reference = over_reference(record, p);
    const auto other = baseline_of.find({s.definition, s.hardware});
    if (other != baseline_of.end() && other->second != &record) {
      s.over_baseline = over_baseline(record, *other->second, p);
    }
    out.solutions.push_back(std::move(s));
  }
  std::stable_sort(out.solutions.begin(), out.solutions.end(), [](const auto& a, const auto& b) {
    if (std::tie(a.definition, a.hardware) != std::tie(b.definition, b.hardware)) {
      return std::tie(a.definition, a.hardware) < std::tie(b.definition, b.hardware);
    }
    return sort_value(a) > sort_value(b);
  });
  out.authors = author_standings(out.solutions);
  return out;
}

std::vector<BestTrace> best_traces(const std::vector<Located<Trace>>& traces) {
  std::map<std::tuple<std::string, std::string, std::string>, const Trace*> best;
  for (const auto& each : traces) {
    const auto& trace = each.value;
    if (!trace.solution || !trace.evaluation || !trace.evaluation->performance) continue;
    auto& held = best[{trace.definition, trace.evaluation->hardware, trace.workload.uuid}];
    if (held == nullptr ||
        trace.evaluation->performance->latency_ms < held->evaluation->performance->latency_ms) {
      held = &trace;
    }
  }
  std::vector<BestTrace> out;
  for (const auto& [key, trace] : best) {
    const auto& e = *trace->evaluation;
    out.push_back({.definition = std::get<0>(key),
                   .hardware = std::get<1>(key),
                   .workload = std::get<2>(key),
                   .solution = *trace->solution,
                   .latency_ms = e.performance->latency_ms,
                   .reference_latency_ms = e.performance->reference_latency_ms,
                   .speedup = e.performance->speedup_factor,
                   .max_absolute_error = e.correctness->max_absolute_error,
                   .max_relative_error = e.correctness->max_relative_error});
  }
  return out;
}

Json to_json(const Standings& standings) {
  Json solutions = Json::array(), authors = Json::array();
  for (const auto& s : standings.solutions) {
    solutions.push_back({{"definition", s.definition},
                         {"hardware", s.hardware},
                         {"solution", s.solution},
                         {"author", s.author.empty() ? Json() : Json(s.author)},
                         {"attempted", s.attempted},
                         {"passed", s.passed},
                         {"clean", s.clean},
                         {"over_reference", speedups_json(s.over_reference, standings.p)},
                         {"over_baseline", speedups_json(s.over_baseline, standings.p)}});
  }
  for (const auto& a : standings.authors) {
    authors.push_back({{"author", a.author},
                       {"hardware", a.hardware},
                       {"definitions", a.definitions},
                       {"over_reference", number_or_null(a.over_reference)},
                       {"over_baseline", number_or_null(a.over_baseline)}});
  }
  return {{"schema", "fihost.standings/1"},    {"traces", standings.traces},
          {"passed", standings.passed},        {"baselines", standings.baselines},
          {"solutions", std::move(solutions)}, {"authors", std::move(authors)}};
}

Json to_json(const std::vector<BestTrace>& best) {
  Json list = Json::array();
  for (const auto& b : best) {
    list.push_back({{"definition", b.definition},
                    {"hardware", b.hardware},
                    {"workload", b.workload},
                    {"solution", b.solution},
                    {"latency_ms", b.latency_ms},
                    {"reference_latency_ms", b.reference_latency_ms},
                    {"speedup", b.speedup},
                    {"max_absolute_error", number_json(b.max_absolute_error)},
                    {"max_relative_error", number_json(b.max_relative_error)}});
  }
  return {{"schema", "fihost.best/1"}, {"best", std::move(list)}};
}

}  // namespace fihost
