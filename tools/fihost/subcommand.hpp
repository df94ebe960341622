// What `fihost` can be told to do.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "tools/fihost/options.hpp"

namespace fihost {

/// One of them. `run` returns the exit code; it throws Error and Cancelled.
struct Subcommand {
  std::string name;
  std::string usage;    ///< "rank PATH..."
  std::string summary;  ///< one line
  std::string detail;   ///< for --help
  OptionSet options;
  int (*run)(const Options& options, std::stop_token stop);
};

[[nodiscard]] const std::vector<Subcommand>& subcommands();

/// Throws Error (usage) with a suggestion when there is none of that name.
[[nodiscard]] const Subcommand& find_subcommand(const std::string& name);

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string help_text(const Subcommand& subcommand);

int run_load(const Options& options, std::stop_token stop);
int run_rank(const Options& options, std::stop_token stop);
int run_build(const Options& options, std::stop_token stop);
int run_plugins(const Options& options, std::stop_token stop);

}  // namespace fihost
