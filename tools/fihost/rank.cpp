// fihost rank PATH...
#include <unistd.h>

#include "core/report/leaderboard.hpp"
#include "core/report/ranking_json.hpp"
#include "tools/fihost/evaluation_session.hpp"
#include "tools/fihost/ranking_output.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

int run(const Arguments& arguments, std::stop_token stop) {
  if (arguments.paths().empty()) {
    throw Error("rank: give at least one file or folder; see fihost rank --help", Fault::usage);
  }
  const bool json = arguments.has("json");
  const bool document = document_on_stdout(arguments, json);
  const auto options = read_evaluation_options(arguments);
  EvaluationSession session(options, stop);
  const auto rankings = session.rank();
  if (json) {
    print_json(to_json(rankings));
  } else if (!document) {
    const auto terminal = terminal_of(STDOUT_FILENO);
    bool first = true;
    for (const auto& ranking : rankings) {
      print((first ? "" : "\n") + leaderboard(ranking, terminal));
      first = false;
    }
  }
  write_rankings(arguments, rankings);
  const auto fault = session.passed_over();
  if (!fault) return exit_code(rankings);
  return *fault == Fault::usage ? 2 : 3;
}

}  // namespace

Subcommand rank_subcommand() {
  return {
      .name = "rank",
      .usage = "rank PATH...",
      .summary = "build, check, time and rank candidates",
      .detail =
          "PATH is a .so, .cu or .cpp file, a solution.json, or a folder of objects and sources.\n"
          "Every candidate is checked against the reference and timed on every workload of its\n"
          "definition; one leaderboard a definition.",
      .examples = {"fihost rank candidates/rmsnorm_h7168",
                   "fihost rank --quick --workloads 'seq_len<=64' a.cu b.cu  # a first look",
                   "fihost rank --json candidates/ > ranking.json            # for scripts",
                   "fihost rank --html ranking.html candidates/              # for a browser"},
      .options = evaluation_options() + ranking_output_options(),
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
