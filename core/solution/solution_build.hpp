// From a CUDA or C++ solution with a TVM-FFI binding to a shared object.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/builder.hpp"
#include "core/model/solution.hpp"

namespace fihost {

/// Why fihost cannot build or call it, on one line; empty when it can try. Only CUDA and C++ with
/// a TVM-FFI binding in destination-passing style need no Python.
[[nodiscard]] std::string unsupported(const Solution& solution);

struct SolutionBuildRequest {
  const Solution& solution;
  const Toolchain& toolchain;
  std::filesystem::path cache;     ///< the folder that keeps finished objects
  std::vector<std::string> archs;  ///< "sm_90", ...; used when there is a .cu source
};

/// Compile every .cu, .cpp, .cc, .cxx and .c source as flashinfer-bench does (C++17, -O2, includes
/// relative to the solution's root), link them with TVM-FFI and check that the entry point is
/// exported. Diagnostics name the sources by their paths in the solution. Throws Error when TVM-FFI
/// or a compiler is not there.
[[nodiscard]] BuildResult build_solution(const SolutionBuildRequest& request,
                                         std::chrono::milliseconds timeout,
                                         std::stop_token stop = {});

/// Whether one of its sources goes to nvcc.
[[nodiscard]] bool has_cuda_source(const Solution& solution);

/// Write the sources below `folder` by their paths; folders are made. Throws Error.
void write_sources(const Solution& solution, const std::filesystem::path& folder);

}  // namespace fihost
