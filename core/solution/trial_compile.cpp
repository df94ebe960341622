#include "core/solution/trial_compile.hpp"

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "core/solution/solution_build.hpp"
#include "core/solution/tvm_ffi_install.hpp"

namespace fihost {
namespace {

constexpr const char* untried = "not compiled on trial: ";

/// "sm_90" -> "9.0a".
std::string listed_arch(const std::string& arch) {
  const auto digits = arch.substr(std::min<std::size_t>(3, arch.size()));
  const auto end = std::min(digits.find_first_not_of("0123456789"), digits.size());
  if (end < 2) return "9.0a";
  return digits.substr(0, end - 1) + "." + digits[end - 1] + "a";
}

}  // namespace

std::vector<std::string> arch_specific_instructions(const Solution& solution) {
  constexpr std::array<const char*, 3> names = {"wgmma", "tcgen05", "setmaxnreg"};
  std::vector<std::string> found;
  for (const auto* name : names) {
    const auto instruction = std::string(name) + ".";  // as in "wgmma.mma_async"
    if (std::any_of(solution.sources.begin(), solution.sources.end(), [&](const auto& source) {
          return source.content.find(instruction) != std::string::npos;
        })) {
      found.emplace_back(name);
    }
  }
  return found;
}

TrialCompile try_compile(const Solution& solution, const Toolchain& toolchain,
                         const std::filesystem::path& cache, const std::string& arch,
                         std::chrono::milliseconds timeout, std::stop_token stop) {
  TrialCompile trial;
  if (const auto instructions = arch_specific_instructions(solution); !instructions.empty()) {
    trial.notes.push_back(
        fmt::format("it uses {}: flashinfer-bench compiles for {} unless its environment sets "
                    "TVM_FFI_CUDA_ARCH_LIST=\"{}\"",
                    fmt::join(instructions, ", "), arch, listed_arch(arch)));
  }
  if (const auto reason = unsupported(solution); !reason.empty()) {
    trial.notes.push_back(untried + reason);
  } else if (has_cuda_source(solution) && !toolchain.nvcc) {
    trial.notes.push_back(untried + std::string("there is no nvcc"));
  } else if (!find_tvm_ffi()) {
    trial.notes.push_back(untried +
                          std::string("TVM-FFI was not found; pip install apache-tvm-ffi"));
  } else {
    trial.build = build_solution(
        {.solution = solution, .toolchain = toolchain, .cache = cache, .archs = {arch}}, timeout,
        std::move(stop));
  }
  return trial;
}

}  // namespace fihost
