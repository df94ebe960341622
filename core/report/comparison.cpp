#include "core/report/comparison.hpp"

#include <fmt/format.h>

#include <map>

#include "core/eval/workload_filter.hpp"
#include "core/report/candidate_summary.hpp"
#include "core/report/quantity.hpp"
#include "core/report/text_table.hpp"

namespace fihost {
namespace {

Tone tone_of(Change change) {
  switch (change) {
    case Change::faster:
    case Change::passes:
      return Tone::good;
    case Change::slower:
    case Change::fails:
      return Tone::bad;
    case Change::same:
    case Change::appears:
    case Change::disappears:
      return Tone::faint;
  }
  return Tone::plain;
}

/// "+3.1 %" of 1.031: how much more is done in the same time.
std::string percent(double ratio) { return fmt::format("{:+.2f} %", 100 * (ratio - 1)); }

std::string ratio_text(const std::optional<Ratio>& ratio) {
  return ratio ? percent(ratio->value) : "-";
}

std::string interval_text(const std::optional<Ratio>& ratio) {
  if (!ratio) return "-";
  return fmt::format("[{}, {}]", percent(ratio->interval.low), percent(ratio->interval.high));
}

std::string status_text(const std::optional<Status>& status) {
  return status ? std::string(name(*status)) : "-";
}

/// A score with its three decimals, or a mean rate as the latency that it stands for.
std::string figure_text(double figure, bool by_score) {
  return by_score ? fmt::format("{:.3f}", figure) : duration_text(1e3 / figure);
}

std::string workload_figure_text(double figure, bool by_score) {
  return by_score ? speedup_text(figure) : duration_text(1e3 / figure);
}

/// Figures where there is a ratio, else what became of it in words.
std::vector<Cell> candidate_row(const CandidateChange& c, bool by_score) {
  const auto figure = [&](double Ratio::*side, const std::optional<Status>& status) {
    return c.ratio ? figure_text((*c.ratio).*side, by_score) : status_text(status);
  };
  return {{c.name, Tone::strong},
          {std::string(name(c.change)), tone_of(c.change)},
          figure(&Ratio::before, c.before),
          figure(&Ratio::after, c.after),
          {ratio_text(c.ratio), Tone::strong},
          interval_text(c.ratio)};
}

std::vector<Cell> workload_row(const WorkloadChange& w, bool by_score) {
  const auto figure = [&](double Ratio::*side, Status status) {
    return w.ratio ? workload_figure_text((*w.ratio).*side, by_score) : std::string(name(status));
  };
  return {{"  " + short_uuid(w.uuid) + " " + axes_text(w.axes), Tone::faint},
          {std::string(name(w.change)), tone_of(w.change)},
          figure(&Ratio::before, w.before),
          figure(&Ratio::after, w.after),
          ratio_text(w.ratio),
          interval_text(w.ratio)};
}

std::string differences_text(const RankingComparison& comparison, const Terminal& terminal) {
  std::string text;
  for (const auto& d : comparison.differences) {
    const auto line =
        fmt::format("differs: {}: {} before, {} after", d.what,
                    d.before.empty() ? "none" : d.before, d.after.empty() ? "none" : d.after);
    text += painted(printable(line), Tone::warning, terminal.colour) + "\n";
  }
  if (!comparison.by_score) {
    text += "scores are not comparable: mean latencies over the common workloads are compared\n";
  }
  return text;
}

std::map<Change, std::size_t> counts(const RankingComparison& comparison) {
  std::map<Change, std::size_t> out;
  for (const auto& candidate : comparison.candidates) ++out[candidate.change];
  return out;
}

std::string summary(const RankingComparison& comparison) {
  std::string text;
  for (const auto& [change, count] : counts(comparison)) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name(change));
  }
  return text + "\n";
}

Json ratio_json(const std::optional<Ratio>& ratio) {
  if (!ratio) return nullptr;
  return {{"before", ratio->before},
          {"after", ratio->after},
          {"ratio", ratio->value},
          {"ratio_ci", {ratio->interval.low, ratio->interval.high}}};
}

Json to_json(const WorkloadChange& w) {
  return {{"uuid", w.uuid},
          {"axes", w.axes},
          {"change", name(w.change)},
          {"status_before", name(w.before)},
          {"status_after", name(w.after)},
          {"figure", ratio_json(w.ratio)}};
}

Json to_json(const CandidateChange& c) {
  Json workloads = Json::array();
  for (const auto& w : c.workloads) workloads.push_back(to_json(w));
  return {{"name", c.name},
          {"change", name(c.change)},
          {"verdict_before", c.before ? Json(name(*c.before)) : Json(nullptr)},
          {"verdict_after", c.after ? Json(name(*c.after)) : Json(nullptr)},
          {"figure", ratio_json(c.ratio)},
          {"workloads", std::move(workloads)}};
}

Json to_json(const RankingComparison& comparison) {
  Json differences = Json::array(), candidates = Json::array();
  for (const auto& d : comparison.differences) {
    differences.push_back({{"what", d.what}, {"before", d.before}, {"after", d.after}});
  }
  for (const auto& c : comparison.candidates) candidates.push_back(to_json(c));
  const auto& definition = comparison.definition;
  return {{"definition", definition.empty() ? Json(nullptr) : Json(definition)},
          {"compared", comparison.by_score ? "score" : "rate"},
          {"worse", worse(comparison)},
          {"differences", std::move(differences)},
          {"candidates", std::move(candidates)}};
}

}  // namespace

std::string comparison_text(const RankingComparison& comparison, const Terminal& terminal,
                            bool verbose) {
  TextTable table({{"name", false, true},
                   {"change", false, false},
                   {"before", true, false},
                   {"after", true, false},
                   {"speed", true, false},
                   {"95 % interval", false, false}});
  for (const auto& c : comparison.candidates) {
    table.add(candidate_row(c, comparison.by_score));
    for (const auto& w : c.workloads) {
      if (verbose && w.change != Change::same) table.add(workload_row(w, comparison.by_score));
    }
  }
  const auto& definition = comparison.definition;
  return painted(definition.empty() ? "unknown definition" : printable(definition), Tone::strong,
                 terminal.colour) +
         "\n" + differences_text(comparison, terminal) + "\n" + table.text(terminal) + "\n" +
         summary(comparison);
}

Json comparison_json(const std::vector<RankingComparison>& comparisons, const std::string& before,
                     const std::string& after, double threshold) {
  Json list = Json::array();
  for (const auto& comparison : comparisons) list.push_back(to_json(comparison));
  return {{"schema", "fihost.comparison/1"},
          {"before", before},
          {"after", after},
          {"threshold_percent", 100 * threshold},
          {"comparisons", std::move(list)}};
}

}  // namespace fihost
