#include "core/eval/roofline.hpp"

#include <algorithm>

#include "core/model/dtype.hpp"

namespace fihost {
namespace {

double tensor_bytes(const TensorSpec& spec, const AxisValues& values) {
  if (spec.scalar()) return 0;
  std::uint64_t elements = 1;
  for (const auto extent : extents(spec, values)) elements *= static_cast<std::uint64_t>(extent);
  return static_cast<double>(bytes(spec.dtype, elements));
}

double traffic_bytes(const Definition& definition, const Workload& workload) {
  const auto values = axis_values(definition, workload.axes);
  double sum = 0;
  for (const auto& spec : definition.inputs) sum += tensor_bytes(spec, values);
  for (const auto& spec : definition.outputs) sum += tensor_bytes(spec, values);
  return sum;
}

}  // namespace

std::optional<double> roofline_ms(const DeviceInfo& device, const Definition& definition,
                                  const Workload& workload) {
  if (!device.cuda() || !(device.bandwidth_bytes_s > 0)) return std::nullopt;
  if (!workload.cost) return 1e3 * traffic_bytes(definition, workload) / device.bandwidth_bytes_s;
  double seconds = workload.cost->bytes / device.bandwidth_bytes_s;
  if (device.fp8_flops_s > 0) {
    seconds = std::max(seconds, workload.cost->flops / device.fp8_flops_s);
  }
  return 1e3 * seconds;
}

}  // namespace fihost
