// Memory of the current CUDA device for tests of CUDA objects. Everything here throws
// std::runtime_error with CUDA's text.
#pragma once

#include <cuda_runtime_api.h>
#include <fihost/candidate.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fihost {

/// Throws unless `code` is cudaSuccess.
void require_success(cudaError_t code, const char* what);

/// Device memory with 64 KiB of guard on either side. Contents are lost by resize(). One thread.
class GuardedMemory {
 public:
  /// `guard`: the byte that fills the guards. 0xff makes what is read there NaN.
  explicit GuardedMemory(int guard) : guard_(guard) {}
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory();

  void resize(std::size_t bytes);
  /// Sets all bytes and mends the guards. Waits.
  void fill(int byte);
  /// The guards are as they were. Waits.
  [[nodiscard]] bool intact() const;
  /// Aligned to 256 bytes.
  [[nodiscard]] std::byte* data() const noexcept { return base_ + guard_bytes; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  void mend_guards();

  static constexpr std::size_t guard_bytes = 65536;
  int guard_;
  std::byte* base_ = nullptr;
  std::size_t bytes_ = 0, capacity_ = 0;
};

/// A compact tensor on the device.
class DeviceTensor {
 public:
  DeviceTensor(fihost_dtype dtype, int guard) : memory_(guard), dtype_(dtype) {}

  void reshape(std::vector<std::int64_t> shape);
  /// All bytes from the host.
  void upload(const void* from);
  /// The pattern again and again, from its byte `phase` on.
  void repeat(const std::vector<std::uint8_t>& pattern, std::size_t phase);
  [[nodiscard]] GuardedMemory& memory() noexcept { return memory_; }
  /// Borrows from this tensor.
  [[nodiscard]] fihost_tensor view() noexcept;

 private:
  GuardedMemory memory_;
  fihost_dtype dtype_;
  std::vector<std::int64_t> shape_, strides_;
};

/// Page-locked host memory for bfloat16 results; grows.
class PinnedResult {
 public:
  PinnedResult() = default;
  PinnedResult(const PinnedResult&) = delete;
  PinnedResult& operator=(const PinnedResult&) = delete;
  ~PinnedResult();

  void download(const GuardedMemory& from);
  [[nodiscard]] const std::uint16_t* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool equals(const PinnedResult& other) const noexcept;

 private:
  std::uint16_t* data_ = nullptr;
  std::size_t bytes_ = 0, capacity_ = 0;
};

}  // namespace fihost
