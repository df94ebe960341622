// Runs the built fihost as a user would.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/process.hpp"

namespace fihost::test {

/// <build>/bin/.. of the running test program.
[[nodiscard]] std::filesystem::path build_tree();
/// A prebuilt object: object("cpu_right").
[[nodiscard]] std::string object(const std::string& name);
/// The command line of fihost with the test tasks on its path and a cache of its own.
[[nodiscard]] Command fihost_command(const std::vector<std::string>& arguments,
                                     const std::filesystem::path& cache);
[[nodiscard]] Output run_fihost(const std::vector<std::string>& arguments,
                                const std::filesystem::path& cache);
/// Rows of a ranking by candidate name.
[[nodiscard]] std::map<std::string, Json> rows_by_name(const Json& ranking);

}  // namespace fihost::test
