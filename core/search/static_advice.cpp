#include "core/search/static_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/base/error.hpp"
#include "core/base/process.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t most_lines = 12;
// Of every generation from sm_80 on.
constexpr int registers_per_multiprocessor = 65536, threads_per_warp = 32;
// Fewer warps than this seldom hide the latency of memory without deep pipelining.
constexpr int few_warps = 16;

/// Registers are given out in eights a thread.
int warps_by_registers(int registers) {
  const int rounded = (std::max(registers, 1) + 7) / 8 * 8;
  return registers_per_multiprocessor / (rounded * threads_per_warp);
}

/// "        /*0120*/    @!P0 HMMA.16816.F32 R4, ... ;" -> "HMMA"; empty: no instruction.
std::string_view mnemonic(std::string_view line) {
  const auto open = line.find("/*"), close = line.find("*/");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open + 6) {
    return {};
  }
  const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
  const auto address = line.substr(open + 2, close - open - 2);
  if (!std::all_of(address.begin(), address.end(), is_hex)) return {};
  line.remove_prefix(close + 2);
  const auto word = [&line] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const auto end = std::min(line.find_first_of(" \t;"), line.size());
    const auto found = line.substr(0, end);
    line.remove_prefix(end);
    return found;
  };
  auto found = word();
  if (!found.empty() && found.front() == '@') found = word();
  return found.substr(0, found.find('.'));
}

bool multiplies_on_tensor_cores(DType dtype) { return is_floating(dtype) && bits(dtype) <= 16; }

std::optional<std::string> find_cuobjdump(const Toolchain& toolchain) {
  if (toolchain.nvcc) {
    const auto beside = std::filesystem::path(*toolchain.nvcc).parent_path() / "cuobjdump";
    if (find_program(beside.string())) return beside.string();
  }
  const auto found = find_program("cuobjdump");
  return found ? std::optional(found->string()) : std::nullopt;
}

std::string spill_line(const KernelUsage& kernel) {
  return fmt::format(
      "{} ({}) spills registers: {} B stored and {} B loaded a thread, at {} registers",
      kernel.kernel, kernel.arch, kernel.spill_store_bytes, kernel.spill_load_bytes,
      kernel.registers);
}

}  // namespace

Instructions count_instructions(std::string_view sass) {
  Instructions count;
  while (!sass.empty()) {
    const auto end = std::min(sass.find('\n'), sass.size());
    const auto name = mnemonic(sass.substr(0, end));
    if (!name.empty()) ++count.all;
    if (name.ends_with("MMA")) ++count.tensor;
    sass.remove_prefix(std::min(end + 1, sass.size()));
  }
  return count;
}

std::optional<Instructions> disassemble(const std::filesystem::path& object,
                                        const Toolchain& toolchain,
                                        std::chrono::milliseconds timeout, std::stop_token stop) {
  const auto program = find_cuobjdump(toolchain);
  if (!program) return std::nullopt;
  try {
    const auto output = run({.arguments = {*program, "-sass", object.string()},
                             .environment = std::nullopt,
                             .directory = {},
                             .files = {}},
                            timeout, std::move(stop));
    const auto count = count_instructions(output.out);
    // What was cut off could hold what is looked for.
    const bool whole = output.exit.ok() && !output.truncated && !output.timed_out;
    if (!whole && count.tensor == 0) return std::nullopt;
    return count.all > 0 ? std::optional(count) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::size_t compute_bound_workloads(const Task& task, const DeviceInfo& device) {
  if (device.bandwidth_bytes_s <= 0 || device.fp8_flops_s <= 0) return 0;
  int widest = 0;  // of the types that tensor cores take
  for (const auto& input : task.definition.inputs) {
    if (!input.scalar() && multiplies_on_tensor_cores(input.dtype)) {
      widest = std::max(widest, bits(input.dtype));
    }
  }
  if (widest == 0) return 0;
  const double ridge = device.fp8_flops_s * 8 / std::max(widest, 8) / device.bandwidth_bytes_s;
  return static_cast<std::size_t>(
      std::count_if(task.workloads.begin(), task.workloads.end(), [&](const Workload& workload) {
        return workload.cost && workload.cost->flops > ridge * workload.cost->bytes;
      }));
}

std::vector<std::string> static_advice(const StaticFacts& facts) {
  std::vector<std::string> lines;
  for (const auto& kernel : facts.kernels) {
    if (kernel.spill_store_bytes > 0 || kernel.spill_load_bytes > 0) {
      lines.push_back(spill_line(kernel));
    }
  }
  if (facts.instructions && facts.instructions->tensor == 0 && facts.compute_bound > 0) {
    lines.push_back(fmt::format(
        "no tensor-core instruction in its machine code, although {} of {} workloads are bound by "
        "arithmetic even at the tensor cores' rate",
        facts.compute_bound, facts.workloads));
  }
  for (const auto& kernel : facts.kernels) {
    const bool spills = kernel.spill_store_bytes > 0 || kernel.spill_load_bytes > 0;
    if (kernel.stack_bytes > 0 && !spills) {
      lines.push_back(
          fmt::format("{} ({}) keeps {} B a thread in local memory: arrays with an index that is "
                      "not known when "
                      "it is compiled, or calls",
                      kernel.kernel, kernel.arch, kernel.stack_bytes));
    }
  }
  for (const auto& kernel : facts.kernels) {
    const int warps = warps_by_registers(kernel.registers);
    if (warps < few_warps) {
      lines.push_back(fmt::format(
          "{} ({}) uses {} registers a thread: at most {} warps fit on a multiprocessor",
          kernel.kernel, kernel.arch, kernel.registers, warps));
    }
  }
  if (lines.size() > most_lines) lines.resize(most_lines);
  return lines;
}

}  // namespace fihost::search
