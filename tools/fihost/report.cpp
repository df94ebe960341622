// fihost report summary|best|page PATH, fihost report RUN
#include <unistd.h>

#include <cmath>
#include <iostream>

#include "core/base/error.hpp"
#include "core/dataset/standings.hpp"
#include "core/report/quantity.hpp"
#include "core/report/text_table.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/ranking_output.hpp"
#include "tools/fihost/report_page.hpp"
#include "tools/fihost/report_run.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// Traces, and the solutions they name where the dataset holds them.
struct Source {
  std::vector<Located<Trace>> traces;
  std::vector<Located<Solution>> solutions;
};

Source read_source(const fs::path& path) {
  std::vector<Problem> problems;
  Source source;
  if (fs::is_directory(path / "traces") && fs::is_directory(path / "solutions")) {
    auto dataset = load_dataset(path);
    source = {std::move(dataset.traces), std::move(dataset.solutions)};
    problems = std::move(dataset.problems);
  } else {
    source.traces = load_traces(path, problems);
  }
  for (const auto& problem : problems) std::cerr << "warning: " << text(problem) << "\n";
  return source;
}

std::vector<double> read_p(const Arguments& arguments) {
  std::vector<double> p;
  for (const auto& word : arguments.list("p", ',')) {
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    if (end == word.c_str() || *end != '\0' || !std::isfinite(value) || value < 0) {
      Arguments::refuse("p", word, "speedups such as 1,1.5,2");
    }
    p.push_back(value);
  }
  return p.empty() ? std::vector<double>{1, 2, 5} : p;
}

std::string mean_text(const std::optional<Speedups>& s) { return s ? speedup_text(s->mean) : "-"; }

std::string geometric_text(const std::optional<Speedups>& s) {
  return s ? speedup_text(s->geometric_mean) : "-";
}

std::string wins_text(const std::optional<Speedups>& s) {
  if (!s) return "-";
  std::string text;
  for (const double share : s->win_at) {
    text += (text.empty() ? "" : " / ") + percent_text(share);
  }
  return text;
}

std::string heading(const Standings& all) {
  auto text = fmt::format("{} traces, {} passed; ", all.traces, all.passed);
  text += all.baselines.empty() ? std::string("no baseline: speedups are over the reference only\n")
                                : fmt::format("baseline {}\n", fmt::join(all.baselines, ", "));
  return text +
         fmt::format(
             "win@p: share of workloads with a speedup above p = {}; what failed counts as 0\n",
             fmt::join(all.p, " / "));
}

std::string solution_table(const Standings& all, const Terminal& terminal) {
  TextTable table({{"definition", false, true},
                   {"solution", false, true},
                   {"author", false, true},
                   {"hardware", false, true},
                   {"passed", true, false},
                   {"vs reference", true, false},
                   {"geomean", true, false},
                   {"win@p", true, false},
                   {"vs baseline", true, false},
                   {"geomean", true, false},
                   {"win@p", true, false}});
  for (const auto& s : all.solutions) {
    const bool complete = s.passed == s.attempted;
    table.add({s.definition,
               {s.solution, Tone::strong},
               s.author.empty() ? std::string("-") : s.author,
               s.hardware,
               {fmt::format("{}/{}", s.passed, s.attempted), complete ? Tone::good : Tone::bad},
               mean_text(s.over_reference),
               geometric_text(s.over_reference),
               wins_text(s.over_reference),
               mean_text(s.over_baseline),
               geometric_text(s.over_baseline),
               wins_text(s.over_baseline)});
  }
  return table.text(terminal);
}

std::string author_table(const Standings& all, const Terminal& terminal) {
  if (all.authors.empty()) return {};
  TextTable table({{"author", false, true},
                   {"hardware", false, true},
                   {"definitions", true, false},
                   {"vs reference", true, false},
                   {"vs baseline", true, false}});
  for (const auto& a : all.authors) {
    table.add({{a.author, Tone::strong},
               a.hardware,
               std::to_string(a.definitions),
               speedup_text(a.over_reference),
               speedup_text(a.over_baseline)});
  }
  return "\nmean over definitions of each author's best solution; one that failed anywhere counts "
         "as 0\n" +
         table.text(terminal);
}

int summary(const Arguments& arguments, const fs::path& path) {
  const auto source = read_source(path);
  const auto all = standings(source.traces, source.solutions,
                             arguments.text("baseline").value_or("baseline"), read_p(arguments));
  if (arguments.has("json")) {
    print_json(to_json(all));
  } else {
    const auto terminal = terminal_of(STDOUT_FILENO);
    print(heading(all) + "\n" + solution_table(all, terminal) + author_table(all, terminal));
  }
  return all.passed > 0 ? 0 : 1;
}

int best(const Arguments& arguments, const fs::path& path) {
  const auto found = best_traces(read_source(path).traces);
  if (arguments.has("json")) {
    print_json(to_json(found));
    return found.empty() ? 1 : 0;
  }
  TextTable table({{"definition", false, true},
                   {"hardware", false, true},
                   {"workload", false, true},
                   {"solution", false, true},
                   {"latency", true, false},
                   {"reference", true, false},
                   {"speedup", true, false},
                   {"abs error", true, false},
                   {"rel error", true, false}});
  for (const auto& b : found) {
    table.add({b.definition,
               b.hardware,
               b.workload,
               {b.solution, Tone::strong},
               duration_text(b.latency_ms),
               b.reference_latency_ms > 0 ? duration_text(b.reference_latency_ms) : "-",
               b.reference_latency_ms > 0 ? speedup_text(b.speedup) : "-",
               number_text(b.max_absolute_error),
               number_text(b.max_relative_error)});
  }
  print(found.empty() ? "no trace passed\n" : table.text(terminal_of(STDOUT_FILENO)));
  return found.empty() ? 1 : 0;
}

int run(const Arguments& arguments, std::stop_token) {
  const auto& words = arguments.paths();
  if (!words.empty() && words[0] == "page") return report_page(arguments);
  if (words.size() == 1 && is_run(words[0])) return report_run(arguments, words[0]);
  if (words.size() == 1 && words[0] != "summary" && words[0] != "best") {
    throw Error(fmt::format("report: {}: found no run of fihost evolve; wanted its folder, the "
                            "SQLite file in it or what --json wrote of it, or an action: summary, "
                            "best or page",
                            words[0]),
                Fault::usage);
  }
  if (words.size() != 2) {
    throw Error(
        "report: give a run of fihost evolve, or summary, best or page and a dataset, folder or "
        "file "
        "of traces; see fihost report --help",
        Fault::usage);
  }
  if (arguments.has("output")) {
    throw Error("report: --output is for a run of fihost evolve", Fault::usage);
  }
  if (wants_ranking_output(arguments)) {
    throw Error("report: --html, --csv and --markdown are for report page", Fault::usage);
  }
  if (words[0] == "summary") return summary(arguments, words[1]);
  if (words[0] == "best") return best(arguments, words[1]);
  throw Error(
      fmt::format("report: there is no action '{}'; there are summary, best and page", words[0]),
      Fault::usage);
}

}  // namespace

Subcommand report_subcommand() {
  return {
      .name = "report",
      .usage = "report RUN | ACTION PATH...",
      .summary = "show what existing traces, rankings and runs say",
      .detail =
          "RUN           a run of fihost evolve: a summary, --json, or a page with --output\n"
          "summary PATH  speedups of every solution over the reference and over the baseline\n"
          "best PATH     the fastest passed trace of every workload\n"
          "page FILE...  --html, --csv, --markdown of rankings that fihost rank --json wrote\n\n"
          "PATH is a dataset, a folder of trace files or one of them.",
      .examples = {"fihost report summary my-dataset",
                   "fihost report best --json my-dataset/traces/me",
                   "fihost report page ranking.json --html ranking.html",
                   "fihost report my-run -o run.html"},
      .options =
          std::vector<Option>{
              {.name = "output",
               .value = "FILE",
               .help = "where the page of a run goes; - is stdout",
               .letter = 'o',
               .hint = Option::Hint::file},
              {.name = "baseline",
               .value = "NAME",
               .help = "the solution, or the author of it, that others are compared with "
                       "(default: the author baseline)"},
              {.name = "p",
               .value = "LIST",
               .help = "speedups for win@p (default: 1,2,5)",
               .repeat = Option::Repeat::list},
              json_option()} +
          ranking_output_options(),
      .actions = {"summary", "best", "page"},
      .run = run,
  };
}

}  // namespace fihost
