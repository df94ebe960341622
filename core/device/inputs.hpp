// From a workload's recipes to shapes and contents.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/device/device.hpp"
#include "core/device/message.hpp"
#include "core/model/task.hpp"

namespace fihost::device {

/// One tensor of a call, in calling order, with what the judge knows about it.
struct TensorPlan {
  const TensorSpec* spec = nullptr;
  bool output = false;
  TensorShape shape{};  ///< what a runner is told; scalar values included
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;  ///< 0 for scalars
};

/// Inputs, then outputs. Random scalars are drawn from `seed`. Throws Error for what cannot be
/// passed: more than max_tensors tensors, more than max_rank dimensions, a scalar output, a random
/// float4 tensor.
[[nodiscard]] std::vector<TensorPlan> plan_tensors(const Definition& definition,
                                                   const Workload& workload, std::uint64_t seed);

/// Fill `buffer` with input `plan` for input set `set`: random bytes that depend on the run's seed,
/// the workload, the input and the set, or the tensor of a safetensors file (the same in every set;
/// key, shape and dtype must be the declared ones, else Error).
void fill_input(Device& device, const Buffer& buffer, const TensorPlan& plan, const Task& task,
                const Workload& workload, std::uint64_t seed, std::uint32_t set);

/// Key of a random stream: depends on every part.
[[nodiscard]] std::uint64_t stream_key(std::uint64_t seed, const std::string& workload,
                                       const std::string& input, std::uint32_t set);

}  // namespace fihost::device
