// fihost doctor
#include <unistd.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/report/terminal.hpp"
#include "tools/fihost/doctor/finding.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

Tone tone_of(const Finding& finding) {
  if (finding.state == Finding::State::ok) return Tone::good;
  if (finding.state == Finding::State::missing && !finding.basic) return Tone::warning;
  return Tone::bad;
}

/// Sections in the order of their first finding.
std::string text_of(const std::vector<Finding>& findings, const Terminal& terminal) {
  std::size_t width = 0;
  for (const auto& finding : findings) width = std::max(width, finding.name.size());
  std::string text, section;
  for (const auto& finding : findings) {
    if (finding.section != section) {
      section = finding.section;
      text += painted(section, Tone::strong, terminal.colour) + "\n";
    }
    const auto state = fmt::format("{:<7}", name(finding.state));
    text += fmt::format("  {}  {:<{}}  {}\n", painted(state, tone_of(finding), terminal.colour),
                        finding.name, width, finding.detail);
    if (!finding.cure.empty())
      text += fmt::format("           {:<{}}  -> {}\n", "", width, finding.cure);
  }
  return text;
}

std::vector<Finding> all_findings(const std::stop_token& stop) {
  const auto prefix = install_prefix();
  std::vector<Finding> all;
  for (auto&& part : {installation_findings(prefix), tool_findings(stop),
                      device_findings(prefix, stop), machine_findings()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  const std::vector<std::string> order = {"installation", "compilers", "GPU",     "round trip",
                                          "profiling",    "Python",    "dataset", "machine"};
  const auto place = [&order](const Finding& finding) {
    return std::find(order.begin(), order.end(), finding.section) - order.begin();
  };
  std::stable_sort(all.begin(), all.end(),
                   [&place](const Finding& a, const Finding& b) { return place(a) < place(b); });
  return all;
}

int run(const Arguments& arguments, std::stop_token stop) {
  if (!arguments.paths().empty()) {
    throw Error(fmt::format("doctor: '{}' is not wanted; see fihost doctor --help",
                            arguments.paths().front()),
                Fault::usage);
  }
  const auto findings = all_findings(stop);
  const bool works = std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.basic && finding.state != Finding::State::ok;
  });
  if (arguments.has("json")) {
    Json list = Json::array();
    for (const auto& finding : findings) list.push_back(to_json(finding));
    print_json({{"schema", "fihost.doctor/1"}, {"works", works}, {"findings", std::move(list)}});
  } else {
    print(text_of(findings, terminal_of(STDOUT_FILENO)));
    print(works ? "\nfihost works here.\n" : "\nfihost does not work here: see what is broken.\n");
  }
  return works ? 0 : 1;
}

}  // namespace

Subcommand doctor_subcommand() {
  return {
      .name = "doctor",
      .usage = "doctor",
      .summary = "say what is here, what is missing and how to get it",
      .detail =
          "Looks at the installation, compilers, GPUs, profilers, Python, dataset, cache and "
          "limits,\n"
          "and evaluates a shipped candidate on the CPU and on the first GPU. Exit code 0 when\n"
          "candidates can be ranked on the CPU at least, else 1.",
      .examples = {"fihost doctor", "fihost doctor --json > doctor.json  # for a bug report"},
      .options = {json_option()},
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
