#include "core/eval/device_info.hpp"

#include <fihost/tensor.h>

namespace fihost {

std::string DeviceInfo::text() const {
  return cuda() ? "cuda:" + std::to_string(ordinal) : std::string("cpu");
}

int DeviceInfo::sdk_type() const { return cuda() ? FIHOST_CUDA : FIHOST_CPU; }

DeviceInfo parse_device(const Json& json) {
  DeviceInfo device;
  device.type = json.at("type").get<std::string>();
  device.ordinal = json.value("ordinal", 0);
  device.name = json.value("name", std::string());
  device.arch = json.value("arch", std::string());
  device.driver = json.value("driver", std::string());
  device.uuid = json.value("uuid", std::string());
  device.memory_bytes = json.value("memory_bytes", std::uint64_t{0});
  device.l2_bytes = json.value("l2_bytes", std::uint64_t{0});
  device.bandwidth_bytes_s = json.value("bandwidth_bytes_s", 0.0);
  device.fp8_flops_s = json.value("fp8_flops_s", 0.0);
  return device;
}

}  // namespace fihost
