// fihost rank PATH...
#include <unistd.h>

#include "core/report/leaderboard.hpp"
#include "core/report/ranking_json.hpp"
#include "tools/fihost/evaluation_session.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {

int run_rank(const Options& options, std::stop_token stop) {
  if (options.paths.empty()) {
    throw Error("rank: give at least one file or folder; see fihost rank --help", Fault::usage);
  }
  EvaluationSession session(options, stop);
  const auto rankings = session.rank();
  if (options.json) {
    print_json(to_json(rankings));
  } else {
    const auto terminal = terminal_of(STDOUT_FILENO);
    bool first = true;
    for (const auto& ranking : rankings) {
      print((first ? "" : "\n") + leaderboard(ranking, terminal));
      first = false;
    }
  }
  const auto fault = session.passed_over();
  if (!fault) return exit_code(rankings);
  return *fault == Fault::usage ? 2 : 3;
}

}  // namespace fihost
