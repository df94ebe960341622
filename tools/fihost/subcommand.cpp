#include "tools/fihost/subcommand.hpp"

#include "core/base/error.hpp"
#include "tools/fihost/nearest.hpp"

namespace fihost {
namespace {

std::vector<Option> all_options(const Subcommand& subcommand) {
  return subcommand.options +
         std::vector<Option>{{.name = "help", .help = "this text", .letter = 'h'}};
}

}  // namespace

const std::vector<Subcommand>& subcommands() {
  static const std::vector<Subcommand> all = {
      rank_subcommand(),   load_subcommand(),    build_subcommand(),  pack_subcommand(),
      unpack_subcommand(), dataset_subcommand(), report_subcommand(), plugins_subcommand(),
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

std::optional<Arguments> parse(const Subcommand& subcommand,
                               const std::vector<std::string>& words) {
  Arguments arguments(subcommand.name, all_options(subcommand), words);
  if (arguments.has("help")) return std::nullopt;
  return arguments;
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
  text += "\n" + options_help(all_options(subcommand));
  if (subcommand.examples.empty()) return text;
  text += "\nExamples:\n";
  for (const auto& example : subcommand.examples) text += "  " + example + "\n";
  return text;
}

}  // namespace fihost
