#include "core/device/cuda_device.hpp"

#include <cuda_profiler_api.h>
#include <cuda_runtime.h>

#include <cstring>
#include <map>

#include "core/base/error.hpp"
#include "core/device/cuda_call.hpp"
#include "core/device/cuda_kernels.hpp"
#include "core/device/cuda_memory.hpp"
#include "core/device/cuda_stopwatch.hpp"
#include "core/device/nvml.hpp"
#include "core/device/random_table.hpp"

namespace fihost::device {
namespace {

std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

std::string uuid_text(const cudaUUID_t& uuid) {
  std::string text = "GPU-";
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", static_cast<unsigned char>(uuid.bytes[i]));
  }
  return text;
}

int attribute(cudaDeviceAttr which, int ordinal) {
  int value = 0;
  return cudaDeviceGetAttribute(&value, which, ordinal) == cudaSuccess ? value : 0;
}

/// Dense FP8 operations per clock and multiprocessor, by compute capability; 0 where there are none.
/// From NVIDIA's architecture white papers (Ada, Hopper, Blackwell).
double fp8_flops_per_clock(int major, int minor) {
  if (major == 8 && minor == 9) return 2048;
  if (major == 9) return 8192;
  if (major == 10) return 16384;
  if (major == 12) return 2048;
  return 0;
}

DeviceInfo read_info(int ordinal) {
  cudaDeviceProp properties{};
  cuda_check(cudaGetDeviceProperties(&properties, ordinal), "reading device properties");
  DeviceInfo info;
  info.type = FIHOST_CUDA;
  info.ordinal = ordinal;
  info.name = properties.name;
  info.arch = fmt::format("sm_{}{}", properties.major, properties.minor);
  info.uuid = uuid_text(properties.uuid);
  info.memory_bytes = properties.totalGlobalMem;
  info.l2_bytes = static_cast<std::uint64_t>(properties.l2CacheSize);
  // Two transfers a clock; rates are in kHz, the bus width in bits.
  info.bandwidth_bytes_s = 2e3 * attribute(cudaDevAttrMemoryClockRate, ordinal) *
                           attribute(cudaDevAttrGlobalMemoryBusWidth, ordinal) / 8;
  info.fp8_flops_s = 1e3 * attribute(cudaDevAttrClockRate, ordinal) *
                     properties.multiProcessorCount *
                     fp8_flops_per_clock(properties.major, properties.minor);
  int driver = 0;
  cudaDriverGetVersion(&driver);
  const std::string release = Nvml(info.uuid).driver_version();
  info.driver = release + (release.empty() ? "" : ", ") + "CUDA " + version_text(driver);
  return info;
}

struct FreeDevice {
  void operator()(void* memory) const noexcept { cudaFree(memory); }
};
struct FreeStream {
  void operator()(CUstream_st* stream) const noexcept { cudaStreamDestroy(stream); }
};

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(int ordinal) : info_(read_info(ordinal)) {
    cuda_check(cudaSetDevice(ordinal), "making a context");
    cudaStream_t stream = nullptr;
    cuda_check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
    stream_.reset(stream);
    memory_.emplace(ordinal);
    result_ = device_alloc(256);
  }

  const DeviceInfo& info() const override { return info_; }

  std::optional<Buffer> allocate(std::uint64_t bytes, bool shared) override {
    return memory_->allocate(bytes, shared);
  }
  Buffer map(UniqueFd fd, std::uint64_t bytes) override {
    return memory_->map(std::move(fd), bytes);
  }

  std::uint64_t free_bytes() override {
    std::size_t free = 0, total = 0;
    cuda_check(cudaMemGetInfo(&free, &total), "asking for free memory");
    return free;
  }

  void poison(const Buffer& buffer) override {
    cuda_check(cudaMemsetAsync(buffer.base(), poison_byte, buffer.capacity(), stream_.get()),
               "poisoning a buffer");
  }

  void fill(const Buffer& buffer, std::uint8_t byte) override {
    cuda_check(cudaMemsetAsync(buffer.data(), byte, buffer.bytes(), stream_.get()),
               "filling a buffer");
  }

  void copy(const Buffer& to, const Buffer& from) override {
    cuda_check(cudaMemcpyAsync(to.data(), from.data(), from.bytes(), cudaMemcpyDeviceToDevice,
                               stream_.get()),
               "copying a buffer");
  }

  void upload(const Buffer& buffer, std::span<const std::byte> content) override {
    cuda_check(cudaMemcpyAsync(buffer.data(), content.data(), content.size(),
                               cudaMemcpyHostToDevice, stream_.get()),
               "uploading an input");
    wait("uploading an input");
  }

  std::vector<std::byte> download(const Buffer& buffer, std::uint64_t offset,
                                  std::uint64_t bytes) override {
    std::vector<std::byte> out(bytes);
    cuda_check(cudaMemcpyAsync(out.data(), buffer.data() + offset, out.size(),
                               cudaMemcpyDeviceToHost, stream_.get()),
               "downloading a buffer");
    wait("downloading a buffer");
    return out;
  }

  void randomize(const Buffer& buffer, DType dtype, std::uint64_t elements,
                 std::uint64_t key) override {
    launch_randomize(buffer.data(), dtype, elements, key, random_table(dtype), stream_.get());
  }

  std::uint64_t checksum(const Buffer& buffer) override {
    return total([&](unsigned long long* sum) {
      launch_checksum(buffer.base(), buffer.capacity() / 8, sum, stream_.get());
    });
  }

  bool slack_intact(const Buffer& buffer) override {
    return total([&](unsigned long long* count) {
             const std::uint64_t tail = buffer.capacity() - buffer.offset() - buffer.bytes();
             launch_count_written(buffer.base(), buffer.offset(), count, stream_.get());
             launch_count_written(buffer.data() + buffer.bytes(), tail, count, stream_.get());
           }) == 0;
  }

  Comparison compare(const Buffer& expected, const Buffer& actual,
                     const CompareRequest& request) override {
    auto* found = static_cast<CudaComparison*>(result_.get());
    cuda_check(cudaMemsetAsync(found, 0, sizeof *found, stream_.get()), "comparing outputs");
    launch_compare(expected.data(), actual.data(), request, found, stream_.get());
    CudaComparison host{};
    cuda_check(cudaMemcpyAsync(&host, found, sizeof host, cudaMemcpyDeviceToHost, stream_.get()),
               "comparing outputs");
    wait("comparing outputs");
    return {.total = request.grid.elements,
            .failures = host.failures,
            .max_abs = bits_float(host.max_abs_bits),
            .max_rel = bits_float(host.max_rel_bits),
            .has_infinity = host.has_infinity != 0,
            .has_nan = host.has_nan != 0,
            .reference_infinity = host.reference_infinity != 0,
            .reference_nan = host.reference_nan != 0,
            .nonfinite_mismatches = host.nonfinite_mismatches,
            .poisoned = host.poisoned,
            .wrong_rows = host.wrong_rows,
            .worst_row = host.worst_row,
            .worst_patch = bits_float(host.worst_patch_bits)};
  }

  std::uint64_t count_unwritten(const Buffer& first, const Buffer& second, DType dtype,
                                std::uint64_t elements) override {
    return total([&](unsigned long long* count) {
      launch_count_unwritten(first.data(), second.data(), dtype, elements, count, stream_.get());
    });
  }

  void* stream() override { return stream_.get(); }

  std::string synchronize() override {
    const cudaError_t result = cudaDeviceSynchronize();
    return result == cudaSuccess ? "" : cudaGetErrorString(result);
  }

  std::unique_ptr<Stopwatch> make_stopwatch(FlushRule rule) override {
    return make_cuda_stopwatch(rule, stream_.get(), info_.l2_bytes);
  }

  void start_profiling() override { cuda_check(cudaProfilerStart(), "starting the profiler"); }
  void stop_profiling() override { cuda_check(cudaProfilerStop(), "stopping the profiler"); }

 private:
  using DeviceMemory = std::unique_ptr<void, FreeDevice>;

  static DeviceMemory device_alloc(std::size_t bytes) {
    void* memory = nullptr;
    cuda_check(cudaMalloc(&memory, bytes), "allocating device memory");
    return DeviceMemory(memory);
  }

  void wait(const char* what) { cuda_check(cudaStreamSynchronize(stream_.get()), what); }

  /// Zero a counter, let `enqueue` add to it, read it back.
  template <class Enqueue>
  std::uint64_t total(Enqueue&& enqueue) {
    auto* counter = static_cast<unsigned long long*>(result_.get());
    cuda_check(cudaMemsetAsync(counter, 0, sizeof *counter, stream_.get()), "a checksum");
    enqueue(counter);
    unsigned long long value = 0;
    cuda_check(
        cudaMemcpyAsync(&value, counter, sizeof value, cudaMemcpyDeviceToHost, stream_.get()),
        "a checksum");
    wait("a checksum");
    return value;
  }

  const void* random_table(DType dtype) {
    DeviceMemory& table = tables_[dtype];
    const std::vector<std::byte> entries =
        table ? std::vector<std::byte>() : make_random_table(dtype);
    if (!entries.empty()) {
      table = device_alloc(entries.size());
      cuda_check(cudaMemcpyAsync(table.get(), entries.data(), entries.size(),
                                 cudaMemcpyHostToDevice, stream_.get()),
                 "uploading a table");
      wait("uploading a table");
    }
    return table.get();
  }

  DeviceInfo info_;
  std::unique_ptr<CUstream_st, FreeStream> stream_;
  std::optional<CudaMemory> memory_;
  DeviceMemory result_;
  std::map<DType, DeviceMemory> tables_;
};

}  // namespace

CudaProbe probe_cuda() {
  CudaProbe probe;
  int count = 0, driver = 0, runtime = 0;
  const cudaError_t result = cudaGetDeviceCount(&count);
  if (result != cudaSuccess || count == 0) {
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    if (driver == 0) {
      probe.error = "no NVIDIA driver is installed (libcuda.so.1 was not found)";
    } else if (result == cudaErrorInsufficientDriver) {
      probe.error =
          fmt::format("the NVIDIA driver is too old: it supports CUDA {}, this build needs {}",
                      version_text(driver), version_text(runtime));
    } else {
      probe.error =
          result == cudaSuccess ? "the NVIDIA driver shows no GPU" : cudaGetErrorString(result);
    }
    return probe;
  }
  for (int i = 0; i < count; ++i) probe.devices.push_back(read_info(i));
  return probe;
}

std::unique_ptr<Device> open_cuda_device(int ordinal) {
  const CudaProbe probe = probe_cuda();
  if (!probe.error.empty()) fail("no CUDA device: {}", probe.error);
  if (ordinal < 0 || ordinal >= static_cast<int>(probe.devices.size())) {
    fail("no CUDA device {}: this machine has {}", ordinal, probe.devices.size());
  }
  return std::make_unique<CudaDevice>(ordinal);
}

}  // namespace fihost::device
