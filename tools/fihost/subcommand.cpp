#include "tools/fihost/subcommand.hpp"

#include "core/base/error.hpp"
#include "tools/fihost/nearest.hpp"

namespace fihost {

const std::vector<Subcommand>& subcommands() {
  static const std::vector<Subcommand> all = {
      {"rank", "rank PATH...", "build, check, time and rank candidates",
       "PATH is a .so, .cu or .cpp file, or a folder of them. Every candidate is checked against\n"
       "the reference and timed on every workload of its definition; one leaderboard a definition.",
       OptionSet::evaluation, run_rank},
      {"load", "load FILE", "look into one candidate, check it and time it on every workload",
       "FILE is a .so, .cu or .cpp file.", OptionSet::evaluation, run_load},
      {"build", "build SOURCE -o FILE.so", "compile a candidate; show what the compiler says",
       "SOURCE is a .cu or .cpp file. Prints registers, spills and shared memory of each kernel.",
       OptionSet::build, run_build},
      {"plugins", "plugins", "list the plugins that are found", "", OptionSet::plugins,
       run_plugins},
  };
  return all;
}

const Subcommand& find_subcommand(const std::string& name) {
  std::vector<std::string> names = {"help"};
  for (const auto& subcommand : subcommands()) {
    if (subcommand.name == name) return subcommand;
    names.push_back(subcommand.name);
  }
  const auto near = nearest(name, names);
  throw Error(fmt::format("{}: there is no such command; {}", name,
                          near ? fmt::format("did you mean '{}'?", *near)
                               : std::string("see fihost --help")),
              Fault::usage);
}

std::string help_text() {
  std::string text = "usage: fihost COMMAND [OPTIONS] ...\n\nCommands\n";
  for (const auto& subcommand : subcommands()) {
    text += fmt::format("  {:<26}{}\n", subcommand.usage, subcommand.summary);
  }
  text += fmt::format("  {:<26}{}\n", "help COMMAND", "the options of a command");
  text += fmt::format("  {:<26}{}\n", "--version", "the version of this program");
  text +=
      "\nExit codes: 0 done and something passed, 1 done and nothing passed, 2 usage, 3 dataset "
      "or\n"
      "environment, 4 internal error, 130 interrupted.\n";
  return text;
}

std::string help_text(const Subcommand& subcommand) {
  std::string text =
      fmt::format("usage: fihost {} [OPTIONS]\n\n{}\n", subcommand.usage,
                  subcommand.detail.empty() ? subcommand.summary + "." : subcommand.detail);
  return text + "\n" + options_help(subcommand.options);
}

}  // namespace fihost
