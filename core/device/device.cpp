#include "core/device/device.hpp"

#include "core/base/error.hpp"
#include "core/device/cpu_device.hpp"
#include "core/device/cuda_device.hpp"

namespace fihost::device {

Json to_json(const DeviceInfo& info) {
  return {{"type", info.type == FIHOST_CUDA ? "cuda" : "cpu"},
          {"ordinal", info.ordinal},
          {"name", info.name},
          {"arch", info.arch},
          {"driver", info.driver},
          {"uuid", info.uuid},
          {"memory_bytes", info.memory_bytes},
          {"l2_bytes", info.l2_bytes},
          {"bandwidth_bytes_s", info.bandwidth_bytes_s},
          {"fp8_flops_s", info.fp8_flops_s}};
}

Probe probe_devices() {
  Probe probe;
  probe.devices.push_back(cpu_info());
  const CudaProbe cuda = probe_cuda();
  probe.devices.insert(probe.devices.end(), cuda.devices.begin(), cuda.devices.end());
  probe.cuda_error = cuda.error;
  return probe;
}

std::unique_ptr<Device> open_device(const std::string& name) {
  if (name == "cpu") return open_cpu_device();
  int ordinal = 0;
  if (name.rfind("cuda:", 0) == 0) {
    ordinal = std::stoi(name.substr(5));
  } else if (name != "cuda") {
    throw Error("unknown device " + name + "; wanted cpu, cuda or cuda:N", Fault::usage);
  }
  return open_cuda_device(ordinal);
}

}  // namespace fihost::device
