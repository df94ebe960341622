// What is to be computed, on what, and on which workloads: in words, for a prompt.
#pragma once

#include <map>
#include <string>

#include "core/eval/device_info.hpp"
#include "core/model/definition.hpp"

namespace fihost::search {

/// Axes, tensors in their calling order, constraints and tolerance, then as much of the reference's
/// source as `bytes` leave room for. The rest is not cut.
[[nodiscard]] std::string task_text(const Definition& definition, std::size_t bytes);

/// "seq_len=7 batch_size=2"; "the only workload" without axes.
[[nodiscard]] std::string axes_text(const std::map<std::string, std::int64_t>& axes);

/// Name, architecture and what is known of its rates, one fact a line.
[[nodiscard]] std::string device_text(const DeviceInfo& device);

}  // namespace fihost::search
