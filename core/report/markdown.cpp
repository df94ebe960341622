#include "core/report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/eval/workload_filter.hpp"
#include "core/report/candidate_summary.hpp"
#include "core/report/quantity.hpp"

namespace fihost {
namespace {

/// The longest run of backticks: a span needs a longer fence.
std::size_t longest_run(std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const auto& cell : cells) {
    line += ' ';
    for (const char c : cell) {
      if (c == '|') line += '\\';  // else it would end the cell, even in a code span
      line += c;
    }
    line += " |";
  }
  return line + "\n";
}

std::string about(const Ranking& ranking) {
  const auto& device = ranking.device;
  std::string text =
      fmt::format("On {}", code_span(device.name.empty() ? device.text() : device.name));
  if (device.cuda()) text += fmt::format(" ({}, driver {})", device.arch, code_span(device.driver));
  if (ranking.timer.empty()) return text + ".\n";
  return text + fmt::format(", against the {} {}; {}, seed {}, timer: {}.\n", ranking.baseline_kind,
                            code_span(ranking.baseline_name), code_span(ranking.scorer),
                            ranking.seed, code_span(ranking.timer));
}

std::string leaderboard_table(const Ranking& ranking) {
  std::string text =
      row({"rank", "candidate", "verdict", "score", "95 % interval", "latency", "worst", "best"}) +
      "|--:|:--|:--|--:|:--|--:|--:|--:|\n";
  bool ties = false;
  for (const auto& candidate : ranking.candidates) {
    const auto s = summary_of(candidate);
    ties = ties || !candidate.tied_with.empty();
    text += row({s.rank, code_span(candidate.name), fmt::format("`{}`", name(candidate.verdict)),
                 s.score, s.interval, s.latency, s.worst, s.best});
  }
  if (ties) text += "\n= the difference is within the noise\n";
  return text;
}

std::string failures(const Ranking& ranking) {
  std::string text;
  for (const auto& candidate : ranking.candidates) {
    if (candidate.score) continue;
    text +=
        fmt::format("- {}: {}\n", code_span(candidate.name), code_span(failure_text(candidate)));
  }
  return text.empty() ? text : "\n" + text;
}

std::string workload_cell(const WorkloadResult& w) {
  if (w.trial.status != Status::passed) return fmt::format("`{}`", name(w.trial.status));
  const auto& timing = w.trial.timing;
  const auto latency = duration_text(timing ? std::optional(timing->latency_ms) : std::nullopt);
  return fmt::format("{} ({})", latency, speedup_text(w.speedup()));
}

/// Workloads down, the best candidates across.
std::string workload_table(const Ranking& ranking) {
  std::vector<const CandidateResult*> shown;
  std::size_t tried = 0;
  for (const auto& candidate : ranking.candidates) {
    if (candidate.workloads.empty()) continue;
    if (tried++ < markdown_candidates) shown.push_back(&candidate);
  }
  if (shown.empty()) return {};
  const auto some = tried > shown.size()
                        ? fmt::format(", the first {} of {} candidates", shown.size(), tried)
                        : std::string();
  std::string text =
      fmt::format("\n<details><summary>Workloads: latency (speedup){}</summary>\n\n", some);
  std::vector<std::string> cells = {"#", "workload", "axes", "baseline"};
  std::string rule = "|--:|:--|:--|--:|";
  for (const auto* candidate : shown) {
    cells.push_back(code_span(candidate->name));
    rule += "--:|";
  }
  text += row(cells) + rule + "\n";
  for (std::size_t i = 0; i < shown.front()->workloads.size(); ++i) {
    const auto& w = shown.front()->workloads[i];
    cells = {std::to_string(i), code_span(short_uuid(w.uuid)), code_span(axes_text(w.axes)),
             duration_text(w.baseline ? std::optional(w.baseline->latency_ms) : std::nullopt)};
    for (const auto* candidate : shown) {
      const bool there = i < candidate->workloads.size();
      cells.push_back(there ? workload_cell(candidate->workloads[i]) : "-");
    }
    text += row(cells);
  }
  return text + "\n</details>\n";
}

}  // namespace

std::string code_span(std::string_view text) {
  std::string inner;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    inner += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  if (inner.find_first_not_of(' ') == std::string::npos) return "-";
  const std::string fence(longest_run(inner) + 1, '`');
  const bool pad = inner.front() == '`' || inner.back() == '`';
  return pad ? fence + " " + inner + " " + fence : fence + inner + fence;
}

std::string markdown(const std::vector<Ranking>& rankings) {
  std::string text;
  for (const auto& ranking : rankings) {
    if (!text.empty()) text += "\n";
    const bool known = !ranking.definition.empty();
    text += fmt::format("### {}\n\n", known ? code_span(ranking.definition) : "Unknown definition");
    text += about(ranking) + "\n" + leaderboard_table(ranking) + failures(ranking) +
            workload_table(ranking);
  }
  return text;
}

}  // namespace fihost
