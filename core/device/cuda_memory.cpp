#include "core/device/cuda_memory.hpp"

#include <cuda_runtime.h>

#include "core/base/error.hpp"
#include "core/device/cuda_call.hpp"

namespace fihost::device {
namespace {

template <class Function>
void look_up(Function& function, const char* name) {
  constexpr unsigned int version = 12040;  // the oldest toolkit this project supports
  void* address = nullptr;
  cudaDriverEntryPointQueryResult found{};
  cuda_check(cudaGetDriverEntryPointByVersion(name, &address, version, cudaEnableDefault, &found),
             name);
  if (found != cudaDriverEntryPointSuccess || address == nullptr) {
    fail("the NVIDIA driver has no {}; CUDA 12.4 or later is needed", name);
  }
  function = reinterpret_cast<Function>(address);
}

}  // namespace

CudaMemory::CudaMemory(int ordinal) : ordinal_(ordinal) {
  look_up(driver_.granularity, "cuMemGetAllocationGranularity");
  look_up(driver_.create, "cuMemCreate");
  look_up(driver_.release, "cuMemRelease");
  look_up(driver_.export_handle, "cuMemExportToShareableHandle");
  look_up(driver_.import_handle, "cuMemImportFromShareableHandle");
  look_up(driver_.reserve, "cuMemAddressReserve");
  look_up(driver_.unreserve, "cuMemAddressFree");
  look_up(driver_.map, "cuMemMap");
  look_up(driver_.unmap, "cuMemUnmap");
  look_up(driver_.set_access, "cuMemSetAccess");
  look_up(driver_.error_text, "cuGetErrorString");
  const CUmemAllocationProp wanted = properties(true);
  std::size_t granule = 0;
  check(driver_.granularity(&granule, &wanted, CU_MEM_ALLOC_GRANULARITY_MINIMUM),
        "asking for the allocation granularity");
  granule_ = granule;
}

void CudaMemory::check(CUresult result, const char* what) const {
  if (result == CUDA_SUCCESS) return;
  const char* text = nullptr;
  driver_.error_text(result, &text);
  fail("{}: {}", what, text != nullptr ? text : "unknown driver error");
}

CUmemAllocationProp CudaMemory::properties(bool shared) const {
  CUmemAllocationProp wanted{};
  wanted.type = CU_MEM_ALLOCATION_TYPE_PINNED;
  wanted.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
  wanted.location.id = ordinal_;
  wanted.requestedHandleTypes =
      shared ? CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR : CU_MEM_HANDLE_TYPE_NONE;
  return wanted;
}

std::optional<Buffer> CudaMemory::allocate(std::uint64_t bytes, bool shared) const {
  const CUmemAllocationProp wanted = properties(shared);
  CUmemGenericAllocationHandle handle{};
  const CUresult made = driver_.create(&handle, place(bytes, granule_).capacity, &wanted, 0);
  if (made == CUDA_ERROR_OUT_OF_MEMORY) return std::nullopt;
  check(made, "allocating device memory");
  UniqueFd fd;
  if (shared) {
    int number = -1;
    const CUresult exported =
        driver_.export_handle(&number, handle, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 0);
    if (exported != CUDA_SUCCESS) driver_.release(handle);
    check(exported, "exporting device memory");
    fd.reset(number);
  }
  return map_handle(handle, bytes, std::move(fd));
}

Buffer CudaMemory::map(UniqueFd fd, std::uint64_t bytes) const {
  CUmemGenericAllocationHandle handle{};
  // The driver takes the descriptor's number in place of a pointer.
  void* number = reinterpret_cast<void*>(static_cast<std::uintptr_t>(fd.get()));  // NOLINT
  check(driver_.import_handle(&handle, number, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR),
        "importing lent device memory");
  return map_handle(handle, bytes, UniqueFd());
}

Buffer CudaMemory::map_handle(CUmemGenericAllocationHandle handle, std::uint64_t bytes,
                              UniqueFd fd) const {
  const Placement placement = place(bytes, granule_);
  const std::uint64_t reserved = placement.capacity + 2 * granule_;
  CUdeviceptr start = 0;
  const CUresult got = driver_.reserve(&start, reserved, 0, 0, 0);
  if (got != CUDA_SUCCESS) driver_.release(handle);
  check(got, "reserving device addresses");
  const CUdeviceptr base = start + granule_;
  const Driver driver = driver_;
  const CUresult mapped = driver.map(base, placement.capacity, 0, handle, 0);
  driver.release(handle);  // the mapping keeps the memory
  if (mapped != CUDA_SUCCESS) driver.unreserve(start, reserved);
  check(mapped, "mapping device memory");
  CUmemAccessDesc access{};
  access.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
  access.location.id = ordinal_;
  access.flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
  const auto capacity = placement.capacity;
  const auto granule = granule_;
  Buffer buffer(reinterpret_cast<std::byte*>(base), placement, bytes, std::move(fd),
                [driver, capacity, granule, reserved](std::byte* at) {
                  const auto address = reinterpret_cast<CUdeviceptr>(at);
                  driver.unmap(address, capacity);
                  driver.unreserve(address - granule, reserved);
                });
  check(driver_.set_access(base, placement.capacity, &access, 1), "opening device memory");
  return buffer;
}

}  // namespace fihost::device
