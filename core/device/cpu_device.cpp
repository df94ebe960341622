#include "core/device/cpu_device.hpp"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>

#include "core/base/error.hpp"
#include "core/base/processor.hpp"
#include "core/device/cpu_kernels.hpp"
#include "core/device/cpu_memory.hpp"
#include "core/device/cpu_random.hpp"
#include "core/device/random_table.hpp"

namespace fihost::device {
namespace {

/// Evicts by walking a buffer larger than the caches that matter. Last-level caches of servers can
/// be hundreds of megabytes and shared; walking more than 64 MiB per sample would cost more than it
/// tells, so the description names the size.
class CpuStopwatch final : public Stopwatch {
 public:
  CpuStopwatch(FlushRule rule, std::uint64_t cache_bytes)
      : rule_(rule),
        scratch_(std::clamp<std::uint64_t>(2 * cache_bytes, 8u << 20, 64u << 20) / 8) {}

  Sample time(const std::function<fihost_status()>& call) override {
    flush();
    Sample sample;
    const auto start = std::chrono::steady_clock::now();
    sample.status = call();
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    sample.ms = elapsed.count();
    return sample;
  }

  std::string description() const override {
    return fmt::format("steady clock, cache {} ({} MB)",
                       rule_ == FlushRule::zero ? "zero-filled" : "read over",
                       scratch_.size() * 8 / 1000000);
  }

 private:
  void flush() {
    if (rule_ == FlushRule::zero) {
      for (std::size_t i = 0; i < scratch_.size(); i += 8) {
        static_cast<volatile std::uint64_t&>(scratch_[i]) = 0;
      }
    } else {
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < scratch_.size(); i += 8) {
        sum += static_cast<volatile std::uint64_t&>(scratch_[i]);
      }
      static_cast<void>(sum);
    }
  }

  FlushRule rule_;
  std::vector<std::uint64_t> scratch_;
};

class CpuDevice final : public Device {
 public:
  const DeviceInfo& info() const override { return info_; }

  std::optional<Buffer> allocate(std::uint64_t bytes, bool) override { return allocate_cpu(bytes); }
  Buffer map(UniqueFd fd, std::uint64_t bytes) override { return map_cpu(std::move(fd), bytes); }
  std::uint64_t free_bytes() override { return free_cpu_bytes(); }

  void poison(const Buffer& buffer) override {
    std::memset(buffer.base(), poison_byte, buffer.capacity());
  }
  void fill(const Buffer& buffer, std::uint8_t byte) override {
    fill_on_cpu(buffer.data(), byte, buffer.bytes());
  }
  void copy(const Buffer& to, const Buffer& from) override {
    std::memcpy(to.data(), from.data(), from.bytes());
  }
  void upload(const Buffer& buffer, std::span<const std::byte> content) override {
    if (!content.empty()) std::memcpy(buffer.data(), content.data(), content.size());
  }
  std::vector<std::byte> download(const Buffer& buffer, std::uint64_t offset,
                                  std::uint64_t bytes) override {
    return {buffer.data() + offset, buffer.data() + offset + bytes};
  }

  void randomize(const Buffer& buffer, DType dtype, std::uint64_t elements,
                 std::uint64_t key) override {
    auto& table = tables_[dtype];
    if (table.empty()) table = make_random_table(dtype);
    randomize_on_cpu(buffer.data(), dtype, elements, key, table.data());
  }

  std::uint64_t checksum(const Buffer& buffer) override {
    return checksum_on_cpu(buffer.base(), buffer.capacity() / 8);  // whole pages
  }

  bool slack_intact(const Buffer& buffer) override {
    const auto clean = [](const std::byte* from, const std::byte* to) {
      return std::all_of(from, to, [](std::byte b) { return b == std::byte{poison_byte}; });
    };
    const std::byte* end = buffer.base() + buffer.capacity();
    return clean(buffer.base(), buffer.data()) && clean(buffer.data() + buffer.bytes(), end);
  }

  Comparison compare(const Buffer& expected, const Buffer& actual,
                     const CompareRequest& request) override {
    return compare_on_cpu(expected.data(), actual.data(), request);
  }
  std::uint64_t count_unwritten(const Buffer& first, const Buffer& second, DType dtype,
                                std::uint64_t elements) override {
    return count_filled_on_cpu(first.data(), poison_byte, second.data(), second_poison_byte, dtype,
                               elements);
  }

  void* stream() override { return nullptr; }
  std::string synchronize() override { return ""; }
  std::unique_ptr<Stopwatch> make_stopwatch(FlushRule rule) override {
    return std::make_unique<CpuStopwatch>(rule, info_.l2_bytes);
  }

 private:
  DeviceInfo info_ = cpu_info();
  std::map<DType, std::vector<std::byte>> tables_;
};

}  // namespace

DeviceInfo cpu_info() {
  DeviceInfo info;
  info.name = processor_name();
#if defined(__x86_64__)
  info.arch = "x86-64";
#elif defined(__aarch64__)
  info.arch = "aarch64";
#endif
  struct sysinfo system {};
  if (::sysinfo(&system) == 0) info.memory_bytes = system.totalram * system.mem_unit;
  const long cache = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  info.l2_bytes = cache > 0 ? static_cast<std::uint64_t>(cache) : 0;
  return info;
}

std::unique_ptr<Device> open_cpu_device() { return std::make_unique<CpuDevice>(); }

}  // namespace fihost::device
