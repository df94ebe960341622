// NVIDIA Nsight Compute's command line.
#pragma once

#include <fihost/context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "launch_table.hpp"

namespace profiler_ncu {

/// `path` (a file, or a name to look up in PATH) where it is given; else in PATH, $CUDA_HOME/bin,
/// /usr/local/cuda/bin and the newest of /opt/nvidia/nsight-compute. None: not there.
[[nodiscard]] std::optional<std::string> find_ncu(const std::string& path);

/// Why hardware counters are out of reach for this user, as far as the driver says so without being
/// tried; empty: nothing is known against it.
[[nodiscard]] std::string counters_refusal();

/// What to measure of which launches.
struct Look {
  std::vector<std::string> metrics;
  std::vector<std::string> options;  ///< more of ncu's own
};

/// Which launches, by base_name() and number among the launches of that name; every pair of both.
[[nodiscard]] std::vector<std::string> choose_launches(const std::vector<std::string>& names,
                                                       const std::vector<std::size_t>& numbers);

/// Run `command` under `ncu`. Clocks are left as they are: other programs may be measuring. Throws
/// Error with one line: DEVICE_ERROR when it fails or takes longer than `seconds`, UNSUPPORTED when
/// counters are not allowed, CANCELLED.
[[nodiscard]] std::vector<Launch> run_ncu(const std::string& ncu, const Look& look,
                                          const std::vector<std::string>& command, double seconds,
                                          const fihost::sdk::Context& context);

/// "2025.3.1.0". Throws Error when it does not start or says something else.
[[nodiscard]] std::string ncu_version(const std::string& ncu, const fihost::sdk::Context& context);

}  // namespace profiler_ncu
