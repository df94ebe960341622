// The options of the subcommands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fihost {

struct Options {
  bool help = false;
  std::vector<std::string> paths;  ///< what stands without a dash
  bool json = false;
  bool verbose = false;
  std::vector<std::filesystem::path> plugin_folders;
  std::vector<std::string> archs;
  std::optional<std::filesystem::path> output;

  std::optional<std::string> definition;
  std::optional<std::filesystem::path> dataset;
  std::optional<std::string> device;
  std::string workloads;
  bool quick = false;
  std::uint64_t seed = 0;
  double timeout_s = 60;
  std::size_t jobs = 1;
  std::string scorer;
  std::string flush;
};

/// Which of them a subcommand takes.
enum class OptionSet { evaluation, build, plugins };

/// Throws Error (usage) for anything that is not an option of `set` or has no sensible value.
[[nodiscard]] Options parse_options(const std::string& subcommand,
                                    const std::vector<std::string>& arguments, OptionSet set);

/// The options of `set`, one a line, for --help.
[[nodiscard]] std::string options_help(OptionSet set);

}  // namespace fihost
