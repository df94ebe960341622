// What `fihost` can be told to do.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "tools/fihost/arguments.hpp"

namespace fihost {

/// One of them. Help, completion and man pages are made from what it says here.
struct Subcommand {
  std::string name;
  std::string usage;                  ///< "rank PATH..."
  std::string summary;                ///< one line, no full stop
  std::string detail;                 ///< paragraphs for --help; empty: the summary
  std::vector<std::string> examples;  ///< whole commands, each followed by "  # what it is for"
  std::vector<Option> options;        ///< --help is added to them
  std::vector<std::string> actions;   ///< first words that it takes ("init", "check"); may be empty
  /// Returns the exit code; throws Error and Cancelled.
  int (*run)(const Arguments& arguments, std::stop_token stop);
};

/// In the order of the help text.
[[nodiscard]] const std::vector<Subcommand>& subcommands();

/// Those it declares, and --help.
[[nodiscard]] std::vector<Option> all_options(const Subcommand& subcommand);

/// Throws Error (usage) with a suggestion when there is none of that name.
[[nodiscard]] const Subcommand& find_subcommand(const std::string& name);

/// Its arguments, or none when --help is among them.
[[nodiscard]] std::optional<Arguments> parse(const Subcommand& subcommand,
                                             const std::vector<std::string>& words);

// Each is defined in the file of its name.
[[nodiscard]] Subcommand build_subcommand();
[[nodiscard]] Subcommand cache_subcommand();
[[nodiscard]] Subcommand compare_subcommand();
[[nodiscard]] Subcommand completion_subcommand();
[[nodiscard]] Subcommand dataset_subcommand();
[[nodiscard]] Subcommand doctor_subcommand();
[[nodiscard]] Subcommand evolve_subcommand();
[[nodiscard]] Subcommand export_subcommand();
[[nodiscard]] Subcommand load_subcommand();
[[nodiscard]] Subcommand new_subcommand();
[[nodiscard]] Subcommand pack_subcommand();
[[nodiscard]] Subcommand plugins_subcommand();
[[nodiscard]] Subcommand profile_subcommand();
[[nodiscard]] Subcommand rank_subcommand();
[[nodiscard]] Subcommand report_subcommand();
[[nodiscard]] Subcommand unpack_subcommand();

}  // namespace fihost
