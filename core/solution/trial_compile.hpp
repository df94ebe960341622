// Does a packed solution compile where it is going?
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/builder.hpp"
#include "core/model/solution.hpp"

namespace fihost {

struct TrialCompile {
  std::optional<BuildResult> build;  ///< none: it was not tried
  std::vector<std::string> notes;    ///< why not, or what the reader should know; one line each
};

/// Build it with flashinfer-bench's own flags for `arch` ("sm_90"), when TVM-FFI and the compilers
/// are there.
[[nodiscard]] TrialCompile try_compile(const Solution& solution, const Toolchain& toolchain,
                                       const std::filesystem::path& cache, const std::string& arch,
                                       std::chrono::milliseconds timeout, std::stop_token stop);

/// Instructions in its sources that exist for one architecture only, such as "wgmma"; flashinfer-bench
/// compiles for "sm_90", which lacks them, unless it is told otherwise.
[[nodiscard]] std::vector<std::string> arch_specific_instructions(const Solution& solution);

}  // namespace fihost
