// A candidate or trusted object called in this process, on the CPU, as the worker would call it.
#pragma once

#include <fihost/candidate.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fihost {

/// Host memory with a shape. Zeros at first; pages that are never touched take no memory, so the
/// weights of unused experts are free. Movable, not copyable.
class HostTensor {
 public:
  HostTensor(fihost_dtype dtype, std::vector<std::int64_t> shape);
  HostTensor(HostTensor&& other) noexcept;
  HostTensor& operator=(HostTensor&&) = delete;
  ~HostTensor();

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept;
  template <class T>
  [[nodiscard]] T* as() const noexcept {
    return static_cast<T*>(data_);
  }
  /// Borrows from this tensor.
  [[nodiscard]] fihost_tensor view() noexcept;

 private:
  fihost_dtype dtype_;
  std::vector<std::int64_t> shape_, strides_;
  std::int64_t count_ = 1;
  void* data_ = nullptr;
};

inline constexpr fihost_dtype float32_dtype{FIHOST_TYPE_FLOAT, 32, 1};
inline constexpr fihost_dtype bfloat16_dtype{FIHOST_TYPE_BFLOAT, 16, 1};
inline constexpr fihost_dtype fp8_dtype{FIHOST_TYPE_FLOAT8_E4M3FN, 8, 1};
inline constexpr fihost_dtype int32_dtype{FIHOST_TYPE_INT, 32, 1};
inline constexpr fihost_dtype int64_dtype{FIHOST_TYPE_INT, 64, 1};

/// An object mapped for as long as this lives. Throws std::runtime_error when it cannot be.
class LoadedObject {
 public:
  explicit LoadedObject(const std::filesystem::path& path);
  LoadedObject(const LoadedObject&) = delete;
  LoadedObject& operator=(const LoadedObject&) = delete;
  ~LoadedObject();

  [[nodiscard]] const fihost_candidate& table() const noexcept { return *table_; }
  /// workspace_size, prepare, run, release. What the object writes to its sink goes to `error`.
  fihost_status call(std::vector<fihost_tensor> inputs, std::vector<fihost_tensor> outputs,
                     std::string* error = nullptr) const;

 private:
  void* handle_;
  const fihost_candidate* table_;
};

/// splitmix64.
[[nodiscard]] std::uint64_t next_random(std::uint64_t& state) noexcept;
/// Roughly normal with deviation 1.
[[nodiscard]] float next_normal(std::uint64_t& state) noexcept;
[[nodiscard]] float from_bfloat16(std::uint16_t bits) noexcept;
/// Nearest, ties to even.
[[nodiscard]] std::uint16_t to_bfloat16(float value) noexcept;

}  // namespace fihost
