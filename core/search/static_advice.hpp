// What a build alone says about how a candidate will do. Advice, never a reason to reject it.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/builder.hpp"
#include "core/eval/device_info.hpp"
#include "core/model/task.hpp"

namespace fihost::search {

/// Instructions of an object's machine code.
struct Instructions {
  std::size_t all = 0;
  std::size_t tensor = 0;  ///< on tensor cores: HMMA, HGMMA, UTCQMMA and their kin
};

/// Count what `cuobjdump -sass` printed.
[[nodiscard]] Instructions count_instructions(std::string_view sass);

/// Disassemble `object` with the cuobjdump beside `toolchain`'s nvcc, or in PATH. None where there is
/// none, or it fails or takes longer than `timeout`: advice can do without. Cancelled ones too.
[[nodiscard]] std::optional<Instructions> disassemble(const std::filesystem::path& object,
                                                      const Toolchain& toolchain,
                                                      std::chrono::milliseconds timeout,
                                                      std::stop_token stop = {});

/// The workloads of `task` for which `device` would wait for arithmetic rather than memory even at its
/// tensor cores' rate: flops over bytes above the ridge. 0 where costs or rates are unknown, or the
/// inputs have no type that tensor cores multiply.
[[nodiscard]] std::size_t compute_bound_workloads(const Task& task, const DeviceInfo& device);

struct StaticFacts {
  std::vector<KernelUsage> kernels;
  std::optional<Instructions> instructions;
  std::size_t compute_bound = 0;  ///< compute_bound_workloads()
  std::size_t workloads = 0;      ///< of the task
};

/// One line each, at most a dozen; kernels with spills first.
[[nodiscard]] std::vector<std::string> static_advice(const StaticFacts& facts);

}  // namespace fihost::search
