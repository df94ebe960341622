// One tensor's memory, shared between judge and runner by a file descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "core/base/unique_fd.hpp"

namespace fihost::device {

/// Byte that fills everything nobody has written yet. As an element it is NaN in most floating types
/// of the format.
constexpr std::uint8_t poison_byte = 0xff;
/// Where a right result may hold the first poison, the call is repeated on this one: an element that
/// shows both was not written. It differs in both halves, so float4 pairs are told apart too.
constexpr std::uint8_t second_poison_byte = 0x77;

constexpr std::uint64_t tensor_alignment = 256;

/// Where a tensor lies in its allocation: at the end, so that the next byte but the alignment slack
/// is unmapped. Everything before it is slack too, and watched.
struct Placement {
  std::uint64_t capacity = 0;  ///< bytes of the allocation, a multiple of the granule
  std::uint64_t offset = 0;    ///< of the tensor in it
};

[[nodiscard]] constexpr Placement place(std::uint64_t bytes, std::uint64_t granule) {
  const std::uint64_t aligned =
      (bytes + tensor_alignment - 1) / tensor_alignment * tensor_alignment;
  const std::uint64_t wanted = aligned == 0 ? tensor_alignment : aligned;
  const std::uint64_t capacity = (wanted + granule - 1) / granule * granule;
  return {capacity, capacity - aligned};
}

/// Owner of one mapping with unmapped neighbours on both sides. Move-only.
class Buffer {
 public:
  Buffer() = default;
  /// `unmap` is called once with the base address. `fd` may be none (private memory).
  Buffer(std::byte* base, Placement placement, std::uint64_t bytes, UniqueFd fd,
         std::function<void(std::byte*)> unmap)
      : base_(base),
        placement_(placement),
        bytes_(bytes),
        fd_(std::move(fd)),
        unmap_(std::move(unmap)) {}
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer old(std::move(other));
    swap(old);
    return *this;
  }
  ~Buffer() {
    if (base_ != nullptr) unmap_(base_);
  }

  [[nodiscard]] std::byte* data() const noexcept { return base_ + placement_.offset; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::byte* base() const noexcept { return base_; }
  [[nodiscard]] std::uint64_t capacity() const noexcept { return placement_.capacity; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return placement_.offset; }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] explicit operator bool() const noexcept { return base_ != nullptr; }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(placement_, other.placement_);
    std::swap(bytes_, other.bytes_);
    std::swap(fd_, other.fd_);
    std::swap(unmap_, other.unmap_);
  }

  std::byte* base_ = nullptr;
  Placement placement_;
  std::uint64_t bytes_ = 0;
  UniqueFd fd_;
  std::function<void(std::byte*)> unmap_;
};

}  // namespace fihost::device
