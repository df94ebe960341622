#include "tests/candidates/device_memory.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace fihost {

void require_success(cudaError_t code, const char* what) {
  if (code != cudaSuccess)
    throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(code));
}

GuardedMemory::~GuardedMemory() { static_cast<void>(cudaFree(base_)); }

void GuardedMemory::resize(std::size_t bytes) {
  if (base_ == nullptr || bytes > capacity_) {
    require_success(cudaFree(std::exchange(base_, nullptr)), "cudaFree");
    bytes_ = capacity_ = 0;
    void* base = nullptr;
    require_success(cudaMalloc(&base, bytes + 2 * guard_bytes), "cudaMalloc");
    base_ = static_cast<std::byte*>(base);
    capacity_ = bytes;
  }
  bytes_ = bytes;
  mend_guards();
}

void GuardedMemory::fill(int byte) {
  require_success(cudaMemset(data(), byte, bytes_), "cudaMemset");
  mend_guards();
}

void GuardedMemory::mend_guards() {
  require_success(cudaMemset(base_, guard_, guard_bytes), "cudaMemset");
  require_success(cudaMemset(data() + bytes_, guard_, guard_bytes), "cudaMemset");
  require_success(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
}

bool GuardedMemory::intact() const {
  std::vector<unsigned char> found(guard_bytes);
  for (const std::byte* const at :
       {static_cast<const std::byte*>(base_), static_cast<const std::byte*>(data() + bytes_)}) {
    require_success(cudaMemcpy(found.data(), at, guard_bytes, cudaMemcpyDeviceToHost),
                    "reading a guard");
    if (!std::all_of(found.begin(), found.end(), [&](int byte) { return byte == guard_; }))
      return false;
  }
  return true;
}

void DeviceTensor::reshape(std::vector<std::int64_t> shape) {
  shape_ = std::move(shape);
  strides_.resize(shape_.size());
  std::int64_t count = 1;
  for (std::size_t i = shape_.size(); i-- > 0;) {
    strides_[i] = count;
    count *= shape_[i];
  }
  memory_.resize(static_cast<std::size_t>(count) * dtype_.bits / 8);
}

void DeviceTensor::upload(const void* from) {
  require_success(cudaMemcpy(memory_.data(), from, memory_.bytes(), cudaMemcpyHostToDevice),
                  "upload");
}

void DeviceTensor::repeat(const std::vector<std::uint8_t>& pattern, std::size_t phase) {
  std::vector<std::uint8_t> period(pattern);
  std::rotate(period.begin(), period.begin() + static_cast<std::ptrdiff_t>(phase % period.size()),
              period.end());
  std::size_t done = std::min(period.size(), memory_.bytes());
  require_success(cudaMemcpy(memory_.data(), period.data(), done, cudaMemcpyHostToDevice),
                  "upload");
  while (done < memory_.bytes()) {
    const std::size_t more = std::min(done, memory_.bytes() - done);
    require_success(
        cudaMemcpy(memory_.data() + done, memory_.data(), more, cudaMemcpyDeviceToDevice), "copy");
    done += more;
  }
  require_success(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
}

fihost_tensor DeviceTensor::view() noexcept {
  return {memory_.data(),
          {FIHOST_CUDA, 0},
          static_cast<std::int32_t>(shape_.size()),
          dtype_,
          shape_.data(),
          strides_.data(),
          0};
}

PinnedResult::~PinnedResult() { static_cast<void>(cudaFreeHost(data_)); }

void PinnedResult::download(const GuardedMemory& from) {
  bytes_ = from.bytes();
  if (bytes_ > capacity_) {
    require_success(cudaFreeHost(std::exchange(data_, nullptr)), "cudaFreeHost");
    capacity_ = 0;
    void* data = nullptr;
    require_success(cudaMallocHost(&data, bytes_), "cudaMallocHost");
    data_ = static_cast<std::uint16_t*>(data);
    capacity_ = bytes_;
  }
  require_success(cudaMemcpy(data_, from.data(), bytes_, cudaMemcpyDeviceToHost), "download");
}

bool PinnedResult::equals(const PinnedResult& other) const noexcept {
  return bytes_ == other.bytes_ && std::memcmp(data_, other.data_, bytes_) == 0;
}

}  // namespace fihost
