#include "tools/fihost/ranking_output.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/report/csv.hpp"
#include "core/report/html_page.hpp"
#include "core/report/markdown.hpp"
#include "tools/fihost/standard_output.hpp"

namespace fihost {
namespace {

struct Format {
  const char* option;
  const char* help;
  std::string (*text)(const std::vector<Ranking>& rankings);
};

constexpr Format formats[] = {
    {"html", "write one self-contained page: tables, charts, failures, environment", html_page},
    {"csv", "write a line a candidate and workload; - is stdout", csv},
    {"markdown", "write tables for a pull request; - is stdout", markdown}};

}  // namespace

std::vector<Option> ranking_output_options() {
  std::vector<Option> options;
  for (const auto& format : formats) {
    options.push_back(
        {.name = format.option, .value = "FILE", .help = format.help, .hint = Option::Hint::file});
  }
  return options;
}

bool wants_ranking_output(const Arguments& arguments) {
  for (const auto& format : formats) {
    if (arguments.has(format.option)) return true;
  }
  return false;
}

bool document_on_stdout(const Arguments& arguments, bool json) {
  std::string taken = json ? "--json" : "";
  for (const auto& format : formats) {
    if (arguments.text(format.option) != "-") continue;
    const auto option = std::string("--") + format.option + " -";
    if (!taken.empty()) {
      throw Error(
          fmt::format("{} and {} both want the standard output; give one a file", taken, option),
          Fault::usage);
    }
    taken = option;
  }
  return !taken.empty();
}

void write_rankings(const Arguments& arguments, const std::vector<Ranking>& rankings) {
  for (const auto& format : formats) {
    const auto file = arguments.text(format.option);
    if (!file) continue;
    if (*file == "-") {
      print(format.text(rankings));
    } else {
      write_text(*file, format.text(rankings));
    }
  }
}

}  // namespace fihost
