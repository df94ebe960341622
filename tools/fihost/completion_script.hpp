// What a shell reads to complete the words after `fihost`.
#pragma once

#include <string>
#include <vector>

#include "tools/fihost/subcommand.hpp"

namespace fihost {

/// The shells there is a script for.
[[nodiscard]] const std::vector<std::string>& completed_shells();

/// A script that knows `commands`: their names, first words, options, and what an option's value is.
/// Definitions are asked of the program when they are wanted. Throws Error (internal) for a shell
/// that is not one of completed_shells().
[[nodiscard]] std::string completion_script(const std::string& shell,
                                            const std::vector<Subcommand>& commands);

}  // namespace fihost
