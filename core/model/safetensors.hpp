// The safetensors container: u64 header length, JSON header, raw little-endian row-major bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/model/dtype.hpp"

namespace fihost {

/// One tensor of a file; `data` points into the mapping that the SafetensorsFile owns.
struct StoredTensor {
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;
};

/// Read-only memory map of a file whose every bound was checked. Move-only.
class SafetensorsFile {
 public:
  /// Throws Error with the path: missing, a Git LFS pointer (says so and how to fetch it), header
  /// longer than the file, offsets out of order or out of range, size not matching shape and dtype.
  explicit SafetensorsFile(const std::filesystem::path& path);
  SafetensorsFile(SafetensorsFile&& other) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&& other) noexcept;
  ~SafetensorsFile();

  /// Throws Error naming the keys there are when `key` is not one of them, or the dtype when it is
  /// one that a definition cannot declare.
  [[nodiscard]] const StoredTensor& at(const std::string& key) const;
  [[nodiscard]] const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }

 private:
  void read();
  void unmap() noexcept;

  std::filesystem::path path_;
  const std::byte* map_ = nullptr;
  std::size_t size_ = 0;
  std::map<std::string, StoredTensor> tensors_;
  std::map<std::string, std::string> foreign_;  ///< key -> tag of a dtype not in DType
};

/// Write `tensors` (key -> tensor) to `path`, atomically. Throws Error.
void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, StoredTensor>& tensors);

}  // namespace fihost
