// The pages that `man` shows, from the same table as --help.
#pragma once

#include <string>
#include <vector>

#include "tools/fihost/subcommand.hpp"

namespace fihost {

/// fihost(1): what the program is, its commands, environment and exit codes.
[[nodiscard]] std::string man_page(const std::vector<Subcommand>& commands);
/// fihost-<command>(1).
[[nodiscard]] std::string man_page(const Subcommand& command);

}  // namespace fihost
