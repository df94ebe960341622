#include "core/search/program_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/search/bounded_text.hpp"
#include "core/search/task_text.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t name_bytes = 160, log_bytes = 600, note_bytes = 300, reason_bytes = 200,
                      shown_workloads = 6, shown_failures = 10;

/// None unless it passed.
std::optional<double> latency(const WorkloadResult& result) {
  if (result.trial.status != Status::passed || !result.trial.timing) return std::nullopt;
  return result.trial.timing->latency_ms;
}

/// Of the workload that `uuid` names; none when it was not timed.
std::optional<double> latency_of(const Program& program, const std::string& uuid) {
  for (const WorkloadResult& result : program.result.workloads) {
    if (result.uuid == uuid) return latency(result);
  }
  return std::nullopt;
}

/// Three digits in the unit that suits them.
std::string time_text(double milliseconds) {
  return milliseconds < 1 ? fmt::format("{:.3g} us", milliseconds * 1000)
                          : fmt::format("{:.4g} ms", milliseconds);
}

std::string standing_text(const Program& program, const WorkloadResult& result,
                          const Program* champion) {
  if (champion == nullptr) return "";
  if (champion->id == program.id) return ", best so far";
  const auto theirs = latency_of(*champion, result.uuid), own = latency(result);
  if (!theirs || !own || *theirs <= 0) return "";
  const double ratio = *own / *theirs;
  if (ratio < 1 + tie_floor) return ", equal to the best";
  return fmt::format(", {:.2f}x behind {}", ratio, champion->name);
}

std::string result_line(const Program& program, const WorkloadResult& result,
                        const Program* champion, const std::string& baseline) {
  const auto own = latency(result);
  if (!own) return fmt::format("- {}: {}\n", axes_text(result.axes), name(result.trial.status));
  std::string line = fmt::format("- {}: {}", axes_text(result.axes), time_text(*own));
  if (const auto speedup = result.speedup()) {
    line += fmt::format(", {:.3g}x the speed of {}", *speedup, baseline);
  }
  if (const auto fraction = result.roofline_fraction()) {
    line += fmt::format(", {:.0f} % of the roofline", *fraction * 100);
  }
  return line + standing_text(program, result, champion) + "\n";
}

/// Milliseconds that could be won at most, as far as anything tells.
double lost_time(const WorkloadResult& result, const Program* champion) {
  const auto own = latency(result);
  if (!own) return 0;
  if (result.floor_ms) return *own - *result.floor_ms;
  if (champion != nullptr) return *own - latency_of(*champion, result.uuid).value_or(0);
  return *own;
}

std::string wrong_text(const WorkloadResult& result, double required) {
  std::string text = fmt::format("- {}: {}", axes_text(result.axes), name(result.trial.status));
  if (result.trial.status == Status::incorrect_numerical && result.trial.correctness) {
    const Correctness& found = *result.trial.correctness;
    text += fmt::format("; {:.4f} of the elements are right, {:g} required; largest error {:.3g}",
                        found.matched_ratio, required, found.max_abs_error);
  }
  if (!result.trial.log.empty()) text += "; " + bounded_line(result.trial.log, log_bytes);
  return text + "\n";
}

/// Where `program` is faster than `parent`: "seq_len=1 (1.30x), seq_len=7 (1.12x)".
std::string better_text(const Program& program, const Program& parent) {
  std::vector<std::pair<double, std::string>> better;
  for (const WorkloadResult& result : program.result.workloads) {
    const auto own = latency(result), theirs = latency_of(parent, result.uuid);
    if (!own || !theirs || *own <= 0 || *theirs / *own < 1 + quick_tie_floor) continue;
    better.emplace_back(*theirs / *own, axes_text(result.axes));
  }
  std::stable_sort(better.begin(), better.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (std::size_t i = 0; i < std::min(better.size(), shown_workloads); ++i) {
    text += fmt::format("{}{} ({:.2f}x)", i == 0 ? "" : ", ", better[i].second, better[i].first);
  }
  if (better.size() > shown_workloads) {
    text += fmt::format(" and {} more", better.size() - shown_workloads);
  }
  return text;
}

std::string program_head(const Program& program, const Program& parent) {
  std::string text = fmt::format("## {}", program.name);
  if (program.result.score) text += fmt::format(", score {:.4g}", *program.result.score);
  text += "\n";
  if (!program.note.empty()) text += bounded_line(program.note, note_bytes) + "\n";
  if (const std::string better = better_text(program, parent); !better.empty()) {
    text += fmt::format("Faster than {} on {}\n", parent.name, better);
  }
  return text;
}

}  // namespace

std::string workloads_text(const Program& program, const std::string& score_rule) {
  const auto& results = program.result.workloads;
  if (results.empty()) return "";
  const bool own = std::all_of(results.begin(), results.end(),
                               [](const auto& result) { return latency(result).has_value(); });
  const auto time = [own](const WorkloadResult& result) {
    if (own) return latency(result).value_or(0);
    return result.baseline ? result.baseline->latency_ms : 0;
  };
  double total = 0;
  for (const WorkloadResult& result : results) total += time(result);
  std::string text = fmt::format("# The workloads, and their shares of the {} time\n\n",
                                 own ? "source's" : "baseline's");
  if (!score_rule.empty()) {
    text += fmt::format("The score is the {}; higher is better.\n\n",
                        bounded_line(score_rule, reason_bytes));
  }
  for (const WorkloadResult& result : results) {
    text += "- " + axes_text(result.axes);
    if (total > 0) text += fmt::format(": {:.1f} %", 100 * time(result) / total);
    text += "\n";
  }
  return text;
}

std::string performance_text(const Program& program, const Champions& champions,
                             const std::string& baseline,
                             const std::vector<std::string>& rematches) {
  const auto& results = program.result.workloads;
  if (results.empty()) return "";
  const auto champion = [&](std::size_t i) {
    return i < champions.size() ? champions[i] : nullptr;
  };
  std::vector<std::pair<double, std::string>> lines;
  for (std::size_t i = 0; i < results.size(); ++i) {
    lines.emplace_back(lost_time(results[i], champion(i)),
                       result_line(program, results[i], champion(i), baseline));
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text = fmt::format("# What {} achieves\n\n", program.name);
  if (program.result.score) {
    text += fmt::format("Score {:.4g}", *program.result.score);
    if (const auto& interval = program.result.score_ci) {
      text += fmt::format(" (95 %: {:.4g} to {:.4g})", interval->low, interval->high);
    }
    text += ". ";
  }
  text += "The workloads that lose most time come first.\n\n";
  for (const std::string& rematch : rematches) {
    text += bounded_line(rematch, reason_bytes) + "\n\n";
  }
  for (const auto& [lost, line] : lines) text += line;
  return text;
}

std::string build_text(const Program& program, const std::vector<std::string>& warnings) {
  if (program.kernels.empty() && warnings.empty()) return "";
  std::string text = fmt::format("# How {} was compiled\n\n", program.name);
  for (const KernelUsage& kernel : program.kernels) {
    text += fmt::format("- {} ({}): {} registers, {} bytes of static shared memory",
                        bounded_line(kernel.kernel, name_bytes), kernel.arch, kernel.registers,
                        kernel.shared_bytes);
    if (kernel.spill_store_bytes + kernel.spill_load_bytes > 0) {
      text += fmt::format(", SPILLS {} bytes out and {} in", kernel.spill_store_bytes,
                          kernel.spill_load_bytes);
    }
    if (kernel.stack_bytes > 0) text += fmt::format(", stack {} bytes", kernel.stack_bytes);
    text += "\n";
  }
  for (const std::string& warning : warnings) {
    text += "- warning: " + bounded_line(warning, reason_bytes) + "\n";
  }
  return text;
}

std::string problem_text(const Program& program, double required_matched_ratio) {
  const CandidateResult& result = program.result;
  if (result.refusal) {
    return fmt::format("# What is wrong with {}\n\n{}: {}\n", program.name,
                       name(result.refusal->status), bounded_line(result.refusal->log, log_bytes));
  }
  std::string lines;
  std::size_t wrong = 0;
  for (const WorkloadResult& one : result.workloads) {
    if (one.trial.status == Status::passed) continue;
    if (++wrong <= shown_workloads) lines += wrong_text(one, required_matched_ratio);
  }
  if (wrong == 0) return "";
  if (wrong > shown_workloads) lines += fmt::format("- and {} more\n", wrong - shown_workloads);
  return fmt::format("# What is wrong with {}\n\n{} of {} workloads that were tried fail:\n\n{}",
                     program.name, wrong, result.workloads.size(), lines);
}

std::string programs_text(const std::vector<const Program*>& programs, const Program& parent,
                          std::size_t bytes) {
  if (programs.empty()) return "";
  const std::string title = "# Other programs of this search, best first\n\n";
  std::vector<std::string> parts;
  std::size_t used = title.size();
  for (const Program* program : programs) {
    parts.push_back(program_head(*program, parent));
    used += parts.back().size() + 1;
  }
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const std::string& text = programs[i]->source;
    const std::string source = fmt::format("\n```{}\n{}{}```\n", name(programs[i]->language), text,
                                           text.ends_with('\n') ? "" : "\n");
    if (used + source.size() > bytes) continue;
    used += source.size();
    parts[i] += source;
  }
  return title + fmt::format("{}", fmt::join(parts, "\n"));
}

std::string failures_text(const std::vector<Attempt>& attempts) {
  std::vector<std::pair<std::string, std::size_t>> lines;  // text, how often
  for (const Attempt& attempt : attempts) {
    std::string outcome(name(attempt.outcome));
    std::replace(outcome.begin(), outcome.end(), '_', ' ');
    std::string line = fmt::format("- {}: {}", attempt.mutator, outcome);
    if (!attempt.reason.empty()) line += ": " + bounded_line(attempt.reason, reason_bytes);
    const auto known = std::find_if(lines.begin(), lines.end(),
                                    [&](const auto& entry) { return entry.first == line; });
    if (known != lines.end()) {
      ++known->second;
    } else if (lines.size() < shown_failures) {
      lines.emplace_back(std::move(line), 1);
    }
  }
  if (lines.empty()) return "";
  std::string text = "# Tried before, and failed\n\n";
  for (const auto& [line, count] : lines) {
    text += line + (count > 1 ? fmt::format(" ({} times)", count) : "") + "\n";
  }
  return text;
}

}  // namespace fihost::search
