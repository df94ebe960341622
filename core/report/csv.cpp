#include "core/report/csv.hpp"

#include <fmt/format.h>

#include <set>

namespace fihost {
namespace {

const char* const columns_before_axes[] = {"definition", "device",  "candidate", "path",
                                           "rank",       "verdict", "score",     "score_low",
                                           "score_high", "build_s", "workload",  "uuid"};
const char* const columns_after_axes[] = {"status",
                                          "latency_ms",
                                          "latency_low_ms",
                                          "latency_high_ms",
                                          "min_ms",
                                          "p10_ms",
                                          "p90_ms",
                                          "samples",
                                          "processes",
                                          "baseline_ms",
                                          "baseline_low_ms",
                                          "baseline_high_ms",
                                          "speedup",
                                          "speedup_low",
                                          "speedup_high",
                                          "bytes",
                                          "flops",
                                          "floor_ms",
                                          "roofline_fraction",
                                          "max_abs_error",
                                          "max_rel_error",
                                          "matched_ratio",
                                          "sm_mhz",
                                          "throttle",
                                          "log"};

/// One line, built field by field.
class Line {
 public:
  void add(std::string_view text) {
    if (!first_) text_ += ',';
    first_ = false;
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
      text_ += text;
      return;
    }
    text_ += '"';
    for (const char c : text) text_.append(c == '"' ? 2 : 1, c);
    text_ += '"';
  }
  void add(const char* text) { add(std::string_view(text)); }
  void add(double value) { add(std::string_view(fmt::format("{}", value))); }
  void add(std::uint64_t value) { add(std::string_view(fmt::format("{}", value))); }
  template <class T>
  void add(const std::optional<T>& value) {
    value ? add(*value) : add("");
  }
  /// Fields of nothing.
  void skip(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) add("");
  }
  [[nodiscard]] std::string text() const { return text_ + "\r\n"; }

 private:
  std::string text_;
  bool first_ = true;
};

std::set<std::string> all_axes(const std::vector<Ranking>& rankings) {
  std::set<std::string> axes;
  for (const auto& ranking : rankings) {
    for (const auto& candidate : ranking.candidates) {
      for (const auto& w : candidate.workloads) {
        for (const auto& [axis, value] : w.axes) axes.insert(axis);
      }
    }
  }
  return axes;
}

std::string header(const std::set<std::string>& axes) {
  Line line;
  for (const auto* column : columns_before_axes) line.add(column);
  for (const auto& axis : axes) line.add("axis." + axis);
  for (const auto* column : columns_after_axes) line.add(column);
  return line.text();
}

void add_interval(Line& line, const std::optional<Interval>& interval) {
  line.add(interval ? std::optional(interval->low) : std::nullopt);
  line.add(interval ? std::optional(interval->high) : std::nullopt);
}

void add_candidate(Line& line, const Ranking& ranking, const CandidateResult& candidate) {
  line.add(ranking.definition);
  line.add(ranking.device.name.empty() ? ranking.device.type : ranking.device.name);
  line.add(candidate.name);
  line.add(candidate.path);
  line.add(static_cast<std::uint64_t>(candidate.rank));
  line.add(name(candidate.verdict));
  line.add(candidate.score);
  add_interval(line, candidate.score_ci);
  line.add(candidate.build_seconds);
}

void add_timing(Line& line, const WorkloadResult& w) {
  if (const auto& t = w.trial.timing) {
    for (const double ms : {t->latency_ms, t->low_ms, t->high_ms, t->min_ms, t->p10_ms, t->p90_ms})
      line.add(ms);
    line.add(t->samples);
    line.add(std::uint64_t{t->processes_ms.size()});
  } else {
    line.skip(8);
  }
  if (w.baseline) {
    for (const double ms : {w.baseline->latency_ms, w.baseline->low_ms, w.baseline->high_ms})
      line.add(ms);
  } else {
    line.skip(3);
  }
  line.add(w.speedup());
  add_interval(line, w.speedup_interval());
}

void add_workload(Line& line, const std::set<std::string>& axes, std::size_t index,
                  const WorkloadResult& w) {
  line.add(std::uint64_t{index});
  line.add(w.uuid);
  for (const auto& axis : axes) {
    const auto found = w.axes.find(axis);
    line.add(found == w.axes.end() ? std::string() : std::to_string(found->second));
  }
  line.add(name(w.trial.status));
  add_timing(line, w);
  line.add(w.cost ? std::optional(w.cost->bytes) : std::nullopt);
  line.add(w.cost ? std::optional(w.cost->flops) : std::nullopt);
  line.add(w.floor_ms);
  line.add(w.roofline_fraction());
  if (const auto& c = w.trial.correctness) {
    for (const double error : {c->max_abs_error, c->max_rel_error, c->matched_ratio})
      line.add(error);
  } else {
    line.skip(3);
  }
  const auto& timing = w.trial.timing;
  line.add(timing && timing->sm_mhz > 0 ? std::optional(timing->sm_mhz) : std::nullopt);
  line.add(timing ? timing->throttle : std::string());
  line.add(w.trial.log);
}

}  // namespace

std::string csv(const std::vector<Ranking>& rankings) {
  const auto axes = all_axes(rankings);
  std::string text = header(axes);
  for (const auto& ranking : rankings) {
    for (const auto& candidate : ranking.candidates) {
      for (std::size_t i = 0; i < candidate.workloads.size(); ++i) {
        Line line;
        add_candidate(line, ranking, candidate);
        add_workload(line, axes, i, candidate.workloads[i]);
        text += line.text();
      }
      if (!candidate.workloads.empty()) continue;
      Line line;
      add_candidate(line, ranking, candidate);
      line.skip(2 + axes.size());
      line.add(name(candidate.verdict));
      line.skip(std::size(columns_after_axes) - 2);
      line.add(candidate.refusal ? candidate.refusal->log : std::string());
      text += line.text();
    }
  }
  return text;
}

}  // namespace fihost
