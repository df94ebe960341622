#include "tools/fihost/help.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "tools/fihost/man_page.hpp"
#include "tools/fihost/standard_output.hpp"

namespace fihost {
namespace {

Json to_json(const Option& option) {
  return {{"name", option.name},
          {"letter", option.letter == 0 ? Json(nullptr) : Json(std::string(1, option.letter))},
          {"value", option.value.empty() ? Json(nullptr) : Json(option.value)},
          {"repeatable", option.repeat == Option::Repeat::list},
          {"help", option.help}};
}

Json to_json(const Subcommand& subcommand) {
  Json options = Json::array();
  for (const auto& option : all_options(subcommand)) options.push_back(to_json(option));
  return {{"name", subcommand.name},       {"usage", "fihost " + subcommand.usage},
          {"summary", subcommand.summary}, {"examples", subcommand.examples},
          {"actions", subcommand.actions}, {"options", std::move(options)}};
}

Json commands_json(const std::vector<Subcommand>& all) {
  Json commands = Json::array();
  for (const auto& subcommand : all) commands.push_back(to_json(subcommand));
  return {{"schema", "fihost.help/1"}, {"commands", std::move(commands)}};
}

}  // namespace

std::string help_text() {
  std::size_t width = 0;
  for (const auto& subcommand : subcommands()) width = std::max(width, subcommand.usage.size());
  const auto line = [width](const std::string& usage, const std::string& summary) {
    return fmt::format("  {:<{}}  {}\n", usage, width, summary);
  };
  std::string text = "usage: fihost COMMAND [OPTIONS] ...\n\nCommands\n";
  for (const auto& subcommand : subcommands()) text += line(subcommand.usage, subcommand.summary);
  text += line("help COMMAND", "the options of a command, with examples");
  text += line("--version", "the version of this program; with --json, what it was made with");
  text +=
      "\nExit codes: 0 done and something passed, 1 done and nothing passed (compare: something\n"
      "is worse; evolve: nothing beat the seed), 2 usage, 3 dataset or environment, 4 internal\n"
      "error, 130 interrupted.\n";
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

int run_help(const std::vector<std::string>& words) {
  const Subcommand* subcommand = nullptr;
  std::string form;
  for (const auto& word : words) {
    if (word == "--json" || word == "--man") {
      form = word;
    } else if (word.rfind("-", 0) == 0) {
      throw Error("help: there is no option " + word + "; wanted --json or --man", Fault::usage);
    } else if (subcommand != nullptr) {
      throw Error("help: found '" + word + "', wanted one command", Fault::usage);
    } else {
      subcommand = &find_subcommand(word);
    }
  }
  if (form == "--json") {
    print_json(commands_json(subcommand == nullptr ? subcommands() : std::vector{*subcommand}));
  } else if (form == "--man") {
    print(subcommand == nullptr ? man_page(subcommands()) : man_page(*subcommand));
  } else {
    print(subcommand == nullptr ? help_text() : help_text(*subcommand));
  }
  return 0;
}

}  // namespace fihost
