// What a mutator is told: mutator.propose.json.
#pragma once

#include <string>
#include <vector>

#include "core/eval/device_info.hpp"
#include "core/search/program.hpp"

namespace fihost::search {

/// A program as an entry of `parents`, with its source.
[[nodiscard]] Json parent_json(const Program& program);

/// A workload's result as mutator.propose.json and measure.measure.json have it.
[[nodiscard]] Json workload_json(const WorkloadResult& result);

/// The device as every schema has it.
[[nodiscard]] Json device_json(const DeviceInfo& device);

}  // namespace fihost::search
