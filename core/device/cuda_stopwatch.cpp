#include "core/device/cuda_stopwatch.hpp"

#include <atomic>
#include <memory>

#include "core/base/error.hpp"
#include "core/device/cuda_call.hpp"
#include "core/device/cuda_kernels.hpp"

namespace fihost::device {
namespace {

struct FreeEvent {
  void operator()(CUevent_st* event) const noexcept { cudaEventDestroy(event); }
};
struct FreeDevice {
  void operator()(void* memory) const noexcept { cudaFree(memory); }
};
struct FreeHost {
  void operator()(unsigned int* memory) const noexcept { cudaFreeHost(memory); }
};
using Event = std::unique_ptr<CUevent_st, FreeEvent>;

Event make_event() {
  cudaEvent_t event = nullptr;
  cuda_check(cudaEventCreate(&event), "making an event");
  return Event(event);
}

class CudaStopwatch final : public Stopwatch {
 public:
  CudaStopwatch(FlushRule rule, cudaStream_t stream, std::uint64_t l2_bytes)
      : rule_(rule),
        stream_(stream),
        scratch_bytes_(2 * l2_bytes / 16 * 16),
        start_(make_event()),
        end_(make_event()) {
    void* scratch = nullptr;
    cuda_check(cudaMalloc(&scratch, scratch_bytes_ + 256), "allocating the flush buffer");
    scratch_.reset(scratch);
    cuda_check(cudaMemset(scratch, 0, scratch_bytes_ + 256), "clearing the flush buffer");
    void* flags = nullptr;
    cuda_check(cudaHostAlloc(&flags, 128, cudaHostAllocMapped), "allocating the gate");
    flags_.reset(static_cast<unsigned int*>(flags));
    flags_.get()[0] = flags_.get()[16] = 0;
  }

  Sample time(const std::function<fihost_status()>& call) override {
    Sample sample;
    ++value_;
    std::atomic_ref<unsigned int> opened(flags_.get()[0]), expired(flags_.get()[16]);
    cudaCtxResetPersistingL2Cache();  // lines that an earlier call pinned
    launch_gate(&flags_.get()[0], value_, &flags_.get()[16], stream_);
    flush();
    cudaEventRecord(start_.get(), stream_);
    sample.status = call();
    cudaEventRecord(end_.get(), stream_);
    sample.waited = expired.load() == value_;
    opened.store(value_);
    cudaError_t result = cudaDeviceSynchronize();
    float ms = 0;
    if (result == cudaSuccess) result = cudaEventElapsedTime(&ms, start_.get(), end_.get());
    if (result != cudaSuccess) sample.fault = cudaGetErrorString(result);
    sample.ms = ms;
    return sample;
  }

  std::string description() const override {
    return fmt::format("CUDA events behind a spin gate, L2 {} ({} MB)",
                       rule_ == FlushRule::zero ? "zero-filled" : "read over",
                       scratch_bytes_ / 1000000);
  }

 private:
  void flush() {
    if (rule_ == FlushRule::zero) {
      cuda_check(cudaMemsetAsync(scratch_.get(), 0, scratch_bytes_, stream_), "flushing the L2");
    } else {
      auto* sink =
          reinterpret_cast<unsigned int*>(static_cast<char*>(scratch_.get()) + scratch_bytes_);
      launch_read_over(scratch_.get(), scratch_bytes_, sink, stream_);
    }
  }

  FlushRule rule_;
  cudaStream_t stream_;
  std::uint64_t scratch_bytes_;
  Event start_, end_;
  std::unique_ptr<void, FreeDevice> scratch_;
  std::unique_ptr<unsigned int, FreeHost> flags_;  // [0] opened, [16] expired
  unsigned int value_ = 0;
};

}  // namespace

std::unique_ptr<Stopwatch> make_cuda_stopwatch(FlushRule rule, cudaStream_t stream,
                                               std::uint64_t l2_bytes) {
  return std::make_unique<CudaStopwatch>(rule, stream, l2_bytes);
}

}  // namespace fihost::device
