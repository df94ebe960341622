// Clocks and throttle reasons of one GPU, from NVML where it is installed. Loaded at run time; its
// header is not needed.
#pragma once

#include <memory>
#include <string>

namespace fihost::device {

/// What the GPU was doing at one instant. Zero or empty where unknown.
struct ClockState {
  double sm_mhz = 0;
  std::string throttle;  ///< e.g. "power cap, thermal"; empty when at full clocks or only idle
};

class Nvml {
 public:
  /// `uuid` as the driver prints it ("GPU-..."). Without NVML, or for an empty uuid, every reading
  /// is empty.
  explicit Nvml(const std::string& uuid);
  Nvml(Nvml&&) noexcept;
  ~Nvml();
  [[nodiscard]] ClockState read() const;
  /// "580.159.04", or empty.
  [[nodiscard]] std::string driver_version() const;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace fihost::device
