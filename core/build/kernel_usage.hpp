// Registers, spills and shared memory per kernel, out of what `ptxas -v` prints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/build/builder.hpp"

namespace fihost {

/// One entry for each kernel and architecture, in the order in which ptxas named them.
[[nodiscard]] std::vector<KernelUsage> parse_kernel_usage(std::string_view log);

/// The C++ name of a symbol, or the symbol itself when it is none.
[[nodiscard]] std::string demangle(const std::string& symbol);

}  // namespace fihost
