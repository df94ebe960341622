// One tool of a build, run under the build's deadline.
#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/process.hpp"
#include "core/build/builder.hpp"

namespace fihost {

/// Until when a build may go on, and who may end it sooner.
struct BuildLimit {
  /// From now on.
  BuildLimit(std::chrono::milliseconds most, std::stop_token token);

  Clock::time_point deadline;
  std::chrono::milliseconds timeout;
  std::stop_token stop;
};

/// Run one tool in `directory` (empty: the current one) and add what it says to `result`. False when
/// it did not succeed; then `result` has a diagnostic that says why.
bool run_step(std::vector<std::string> arguments, const std::filesystem::path& directory,
              const BuildLimit& limit, BuildResult& result);

}  // namespace fihost
