// What `fihost` says of itself: for people, for scripts, for man.
#pragma once

#include <string>
#include <vector>

#include "tools/fihost/subcommand.hpp"

namespace fihost {

/// All commands, and those of one.
[[nodiscard]] std::string help_text();
[[nodiscard]] std::string help_text(const Subcommand& subcommand);

/// `fihost help [COMMAND] [--json | --man]`: prints, and returns the exit code. Throws Error (usage).
[[nodiscard]] int run_help(const std::vector<std::string>& words);

}  // namespace fihost
