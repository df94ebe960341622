#include "tools/fihost/subcommand.hpp"

#include "core/base/error.hpp"
#include "core/base/nearest.hpp"

namespace fihost {

const std::vector<Subcommand>& subcommands() {
  // A line each, so that additions merge.
  // clang-format off
  static const std::vector<Subcommand> all = {
      rank_subcommand(),
      load_subcommand(),
      evolve_subcommand(),
      profile_subcommand(),
      compare_subcommand(),
      build_subcommand(),
      new_subcommand(),
      pack_subcommand(),
      unpack_subcommand(),
      dataset_subcommand(),
      report_subcommand(),
      export_subcommand(),
      cache_subcommand(),
      plugins_subcommand(),
      doctor_subcommand(),
      completion_subcommand(),
  };
  // clang-format on
  return all;
}

std::vector<Option> all_options(const Subcommand& subcommand) {
  return subcommand.options +
         std::vector<Option>{{.name = "help", .help = "this text", .letter = 'h'}};
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

}  // namespace fihost
