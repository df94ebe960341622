// Virtual memory management of the CUDA driver: allocations that another process can map, with
// unmapped addresses on both sides.
#pragma once

#include <cuda.h>

#include <cstdint>
#include <optional>

#include "core/device/buffer.hpp"

namespace fihost::device {

/// Driver functions are looked up at run time, so the program starts on a machine without a driver.
class CudaMemory {
 public:
  /// The device's context must be current. Throws Error when the driver lacks a function.
  explicit CudaMemory(int ordinal);

  /// None when the device is out of memory.
  [[nodiscard]] std::optional<Buffer> allocate(std::uint64_t bytes, bool shared) const;
  [[nodiscard]] Buffer map(UniqueFd fd, std::uint64_t bytes) const;

 private:
  struct Driver {
    decltype(&cuMemGetAllocationGranularity) granularity;
    decltype(&cuMemCreate) create;
    decltype(&cuMemRelease) release;
    decltype(&cuMemExportToShareableHandle) export_handle;
    decltype(&cuMemImportFromShareableHandle) import_handle;
    decltype(&cuMemAddressReserve) reserve;
    decltype(&cuMemAddressFree) unreserve;
    decltype(&cuMemMap) map;
    decltype(&cuMemUnmap) unmap;
    decltype(&cuMemSetAccess) set_access;
    decltype(&cuGetErrorString) error_text;
  };

  void check(CUresult result, const char* what) const;
  [[nodiscard]] CUmemAllocationProp properties(bool shared) const;
  /// Map `handle` between unmapped neighbours; takes the reference to it.
  [[nodiscard]] Buffer map_handle(CUmemGenericAllocationHandle handle, std::uint64_t bytes,
                                  UniqueFd fd) const;

  int ordinal_;
  std::uint64_t granule_ = 0;
  Driver driver_{};
};

}  // namespace fihost::device
