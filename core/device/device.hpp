// What judge and runner need of a device. Two exist: the CPU and a CUDA GPU.
#pragma once

#include <fihost/tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/device/buffer.hpp"
#include "core/device/comparison.hpp"
#include "core/device/stopwatch.hpp"
#include "core/model/dtype.hpp"

namespace fihost::device {

/// Facts about one device; zero or empty where unknown.
struct DeviceInfo {
  std::int32_t type = FIHOST_CPU;  ///< FIHOST_CPU or FIHOST_CUDA
  std::int32_t ordinal = 0;
  std::string name;
  std::string arch;    ///< "x86-64", "sm_90"
  std::string driver;  ///< version text
  std::string uuid;
  std::uint64_t memory_bytes = 0;
  std::uint64_t l2_bytes = 0;    ///< last-level cache
  double bandwidth_bytes_s = 0;  ///< theoretical peak of device memory
  double fp8_flops_s = 0;        ///< theoretical dense peak
};
[[nodiscard]] Json to_json(const DeviceInfo& info);

/// Used by one thread. Failures of the device itself throw Error.
class Device {
 public:
  virtual ~Device() = default;
  [[nodiscard]] virtual const DeviceInfo& info() const = 0;

  /// Memory that can be lent to another process (its fd() is the handle), or private memory.
  /// None when the device has not that much left.
  [[nodiscard]] virtual std::optional<Buffer> allocate(std::uint64_t bytes, bool shared) = 0;
  /// Map what another process allocated for `bytes`. Throws Error when the descriptor is not that.
  [[nodiscard]] virtual Buffer map(UniqueFd fd, std::uint64_t bytes) = 0;
  /// Bytes that could be allocated now.
  [[nodiscard]] virtual std::uint64_t free_bytes() = 0;

  /// Fill the whole allocation, slack included, with poison_byte.
  virtual void poison(const Buffer& buffer) = 0;
  /// Fill the tensor alone.
  virtual void fill(const Buffer& buffer, std::uint8_t byte) = 0;
  /// Copy a tensor to another of the same size.
  virtual void copy(const Buffer& to, const Buffer& from) = 0;
  virtual void upload(const Buffer& buffer, std::span<const std::byte> content) = 0;
  /// `bytes` of the tensor from `offset` on.
  [[nodiscard]] virtual std::vector<std::byte> download(const Buffer& buffer, std::uint64_t offset,
                                                        std::uint64_t bytes) = 0;
  [[nodiscard]] std::vector<std::byte> download(const Buffer& buffer) {
    return download(buffer, 0, buffer.bytes());
  }
  /// The format's random recipe for `dtype`; see random.hpp.
  virtual void randomize(const Buffer& buffer, DType dtype, std::uint64_t elements,
                         std::uint64_t key) = 0;
  /// Over the whole allocation, slack included; the position of every word counts.
  [[nodiscard]] virtual std::uint64_t checksum(const Buffer& buffer) = 0;
  /// True if every byte outside the tensor still is poison_byte.
  [[nodiscard]] virtual bool slack_intact(const Buffer& buffer) = 0;
  [[nodiscard]] virtual Comparison compare(const Buffer& expected, const Buffer& actual,
                                           const CompareRequest& request) = 0;
  /// Elements that hold poison_byte in `first` and second_poison_byte in `second`, bit for bit.
  [[nodiscard]] virtual std::uint64_t count_unwritten(const Buffer& first, const Buffer& second,
                                                      DType dtype, std::uint64_t elements) = 0;

  /// The stream candidates get: cudaStream_t, never the default one; null on the CPU.
  [[nodiscard]] virtual void* stream() = 0;
  /// Wait for everything on the device. Empty, or the text of the fault that ended it.
  [[nodiscard]] virtual std::string synchronize() = 0;
  [[nodiscard]] virtual std::unique_ptr<Stopwatch> make_stopwatch(FlushRule rule) = 0;

  /// What a profiler that watches this process takes its measurements between. Nothing on the CPU.
  virtual void start_profiling() {}
  virtual void stop_profiling() {}
};

/// "cpu", "cuda" or "cuda:N". Throws Error saying why there is no such device.
[[nodiscard]] std::unique_ptr<Device> open_device(const std::string& name);

/// Every device of this machine, and why there is no CUDA one ("" if there is).
struct Probe {
  std::vector<DeviceInfo> devices;
  std::string cuda_error;
};
[[nodiscard]] Probe probe_devices();

}  // namespace fihost::device
