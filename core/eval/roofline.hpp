// The time below which no implementation can get on a device.
#pragma once

#include <optional>

#include "core/eval/device_info.hpp"
#include "core/model/definition.hpp"
#include "core/model/workload.hpp"

namespace fihost {

/// Milliseconds: the larger of bytes over bandwidth and flops over the fp8 rate, where the workload
/// states its cost; else all inputs and outputs once over the bandwidth. None on the CPU and where
/// the device's rates are unknown.
[[nodiscard]] std::optional<double> roofline_ms(const DeviceInfo& device,
                                                const Definition& definition,
                                                const Workload& workload);

}  // namespace fihost
