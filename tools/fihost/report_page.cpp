#include "tools/fihost/report_page.hpp"

#include "core/base/error.hpp"
#include "core/report/ranking_reader.hpp"
#include "tools/fihost/ranking_output.hpp"

namespace fihost {

int report_page(const Arguments& arguments) {
  const auto& words = arguments.paths();
  if (words.size() < 2) {
    throw Error("report page: give at least one ranking; see fihost report --help", Fault::usage);
  }
  if (arguments.has("json")) {
    throw Error("report page: the ranking is JSON already; leave --json out", Fault::usage);
  }
  if (!wants_ranking_output(arguments)) {
    throw Error("report page: give --html FILE, --csv FILE or --markdown FILE", Fault::usage);
  }
  (void)document_on_stdout(arguments, false);
  std::vector<Ranking> rankings;
  for (std::size_t i = 1; i < words.size(); ++i) {
    for (auto& ranking : read_rankings(words[i])) rankings.push_back(std::move(ranking));
  }
  write_rankings(arguments, rankings);
  return 0;
}

}  // namespace fihost
