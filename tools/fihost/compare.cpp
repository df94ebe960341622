// fihost compare BEFORE.json AFTER.json
#include <unistd.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/report/comparison.hpp"
#include "core/report/ranking_reader.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

int run(const Arguments& arguments, std::stop_token) {
  const auto& files = arguments.paths();
  if (files.size() != 2) {
    throw Error("compare: give two rankings; see fihost compare --help", Fault::usage);
  }
  constexpr const char* wanted = "percent, more than 0 and at most 1000";
  const double threshold = arguments.number("threshold", wanted, 0, 1000).value_or(0) / 100;
  const auto comparisons = compare(read_rankings(files[0]), read_rankings(files[1]), threshold);
  if (arguments.has("json")) {
    print_json(comparison_json(comparisons, files[0], files[1], threshold));
  } else {
    const auto terminal = terminal_of(STDOUT_FILENO);
    std::string text;
    for (const auto& comparison : comparisons) {
      text += (text.empty() ? "" : "\n") +
              comparison_text(comparison, terminal, arguments.has("verbose"));
    }
    print(text);
  }
  return std::any_of(comparisons.begin(), comparisons.end(),
                     [](const RankingComparison& comparison) { return worse(comparison); })
             ? 1
             : 0;
}

}  // namespace

Subcommand compare_subcommand() {
  return {
      .name = "compare",
      .usage = "compare BEFORE AFTER",
      .summary = "say what got faster or slower between two rankings",
      .detail =
          "Both are files that fihost rank --json wrote. Candidates are matched by name; a\n"
          "change counts when it is beyond the noise of both. Exit code 1: something got slower\n"
          "or fails that did not.",
      .examples = {"fihost compare before.json after.json",
                   "fihost compare --threshold 2 --verbose before.json after.json  # from 2 % on"},
      .options = {{.name = "threshold",
                   .value = "PERCENT",
                   .help = "ignore changes that are smaller"},
                  json_option(),
                  {.name = "verbose", .help = "list the workloads that changed"}},
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
