#include "core/device/nvml.hpp"

#include <dlfcn.h>

#include <utility>

namespace fihost::device {
namespace {

// The few declarations needed of NVML's stable C interface (NVML API reference, "Device queries").
using NvmlReturn = int;
using NvmlDevice = void*;
constexpr NvmlReturn nvml_success = 0;
constexpr int nvml_clock_sm = 1;

struct Reason {
  unsigned long long bit;
  const char* name;
};
// Bits of nvmlClocksThrottleReasons; idle (1) and application clocks (2) are no throttling.
constexpr Reason reasons[] = {{0x4, "power cap"},
                              {0x8, "hardware slowdown"},
                              {0x10, "sync boost"},
                              {0x20, "software thermal slowdown"},
                              {0x40, "hardware thermal slowdown"},
                              {0x80, "power brake"}};

}  // namespace

struct Nvml::Library {
  void* handle = nullptr;
  NvmlDevice device = nullptr;
  NvmlReturn (*init)() = nullptr;
  NvmlReturn (*shutdown)() = nullptr;
  NvmlReturn (*by_uuid)(const char*, NvmlDevice*) = nullptr;
  NvmlReturn (*clock)(NvmlDevice, int, unsigned int*) = nullptr;
  NvmlReturn (*throttle)(NvmlDevice, unsigned long long*) = nullptr;
  NvmlReturn (*driver)(char*, unsigned int) = nullptr;
  bool ready = false;

  ~Library() {
    if (ready) shutdown();
    if (handle != nullptr) ::dlclose(handle);
  }

  template <class Function>
  bool bind(Function& function, const char* symbol) {
    function = reinterpret_cast<Function>(::dlsym(handle, symbol));
    return function != nullptr;
  }
};

Nvml::Nvml(const std::string& uuid) : library_(std::make_unique<Library>()) {
  if (uuid.empty()) return;
  Library& nvml = *library_;
  nvml.handle = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (nvml.handle == nullptr) return;
  const bool bound = nvml.bind(nvml.init, "nvmlInit_v2") &&
                     nvml.bind(nvml.shutdown, "nvmlShutdown") &&
                     nvml.bind(nvml.by_uuid, "nvmlDeviceGetHandleByUUID") &&
                     nvml.bind(nvml.clock, "nvmlDeviceGetClockInfo") &&
                     nvml.bind(nvml.throttle, "nvmlDeviceGetCurrentClocksThrottleReasons") &&
                     nvml.bind(nvml.driver, "nvmlSystemGetDriverVersion");
  if (!bound || nvml.init() != nvml_success) return;
  nvml.ready = true;
  if (nvml.by_uuid(uuid.c_str(), &nvml.device) != nvml_success) nvml.device = nullptr;
}

Nvml::Nvml(Nvml&&) noexcept = default;
Nvml::~Nvml() = default;

ClockState Nvml::read() const {
  ClockState state;
  const Library& nvml = *library_;
  if (!nvml.ready || nvml.device == nullptr) return state;
  unsigned int mhz = 0;
  if (nvml.clock(nvml.device, nvml_clock_sm, &mhz) == nvml_success) state.sm_mhz = mhz;
  unsigned long long bits = 0;
  if (nvml.throttle(nvml.device, &bits) != nvml_success) return state;
  for (const Reason& reason : reasons) {
    if ((bits & reason.bit) == 0) continue;
    if (!state.throttle.empty()) state.throttle += ", ";
    state.throttle += reason.name;
  }
  return state;
}

std::string Nvml::driver_version() const {
  char text[96] = {};
  if (!library_->ready || library_->driver(text, sizeof text - 1) != nvml_success) return "";
  return text;
}

}  // namespace fihost::device
