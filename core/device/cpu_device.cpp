#include "core/device/cpu_device.hpp"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/processor.hpp"
#include "core/device/cpu_memory.hpp"
#include "core/device/random.hpp"

namespace fihost::device {
namespace {

/// Call body(begin, end) on slices of [0, count) on all cores; small work stays on this thread.
void parallel(std::uint64_t count, std::uint64_t grain,
              const std::function<void(std::uint64_t, std::uint64_t)>& body) {
  const std::uint64_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::uint64_t slices = std::clamp<std::uint64_t>(count / grain, 1, cores);
  const std::uint64_t step = (count + slices - 1) / slices;
  std::vector<std::jthread> threads;
  for (std::uint64_t i = 1; i < slices; ++i) {
    threads.emplace_back(body, std::min(count, i * step), std::min(count, (i + 1) * step));
  }
  body(0, std::min(count, step));
}

/// Reads a tensor as 64-bit words, the last one padded with zeros.
std::uint64_t checksum_words(const std::byte* base, std::uint64_t bytes) {
  const std::uint64_t words = bytes / 8;  // capacities are whole pages
  std::array<std::uint64_t, 256> partial{};
  std::uint64_t slots = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  const std::uint64_t step = std::max<std::uint64_t>(1 << 17, words / 64);
  for (std::uint64_t at = 0; at < words; at += step) {
    ranges.emplace_back(at, std::min(words, at + step));
  }
  slots = ranges.size();
  parallel(slots, 1, [&](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t r = from; r < to; ++r) {
      std::uint64_t sum = 0;
      for (std::uint64_t i = ranges[r].first; i < ranges[r].second; ++i) {
        std::uint64_t word;
        std::memcpy(&word, base + 8 * i, 8);
        sum += word_term(word, i);
      }
      partial[r] = sum;
    }
  });
  std::uint64_t total = 0;
  for (const std::uint64_t part : partial) total += part;
  return total;
}

void merge(Comparison& into, const Comparison& part) {
  into.failures += part.failures;
  into.has_infinity |= part.has_infinity;
  into.has_nan |= part.has_nan;
  const auto larger = [](float a, float b) { return std::isnan(a) || a > b ? a : b; };
  into.max_abs = larger(into.max_abs, part.max_abs);
  into.max_rel = larger(into.max_rel, part.max_rel);
}

Comparison compare_range(const void* expected, const void* actual, DType dtype, std::uint64_t from,
                         std::uint64_t to, const Tolerance& tolerance) {
  Comparison out;
  const auto atol = static_cast<float>(tolerance.atol), rtol = static_cast<float>(tolerance.rtol);
  for (std::uint64_t i = from; i < to; ++i) {
    const float y = load_as_float(expected, i, dtype);
    const float x = load_as_float(actual, i, dtype);
    const float abs = std::fabs(x - y);
    const float rel = abs / (std::fabs(y) + 1e-8f);
    out.has_infinity |= std::isinf(x);
    out.has_nan |= std::isnan(x);
    if (abs > atol && rel > rtol) ++out.failures;
    if (std::isnan(abs) || abs > out.max_abs)
      out.max_abs = std::isnan(out.max_abs) ? out.max_abs : abs;
    if (std::isnan(rel) || rel > out.max_rel)
      out.max_rel = std::isnan(out.max_rel) ? out.max_rel : rel;
  }
  return out;
}

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
  void upload(const Buffer& buffer, std::span<const std::byte> content) override {
    if (!content.empty()) std::memcpy(buffer.data(), content.data(), content.size());
  }
  std::vector<std::byte> download(const Buffer& buffer) override {
    return {buffer.data(), buffer.data() + buffer.bytes()};
  }

  void randomize(const Buffer& buffer, DType dtype, std::uint64_t elements,
                 std::uint64_t key) override {
    const std::uint32_t lanes = elements_per_block(dtype);
    const std::uint8_t* table = fp8_table(dtype);
    std::byte* data = buffer.data();
    parallel((elements + lanes - 1) / lanes, 1 << 14, [=](std::uint64_t from, std::uint64_t to) {
      for (std::uint64_t block = from; block < to; ++block) {
        const Philox4 words = random_block(key, block);
        const std::uint64_t first = block * lanes;
        const auto count =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(lanes, elements - first));
        if (lanes == 8 && count == 8) {
          const std::uint64_t word = fp8_word(words, table);
          std::memcpy(data + first, &word, sizeof word);
          continue;
        }
        for (std::uint32_t lane = 0; lane < count; ++lane) {
          store_random(data, first + lane, dtype, words, lane, table);
        }
      }
    });
  }

  std::uint64_t checksum(const Buffer& buffer) override {
    return checksum_words(buffer.base(), buffer.capacity());
  }

  bool slack_intact(const Buffer& buffer) override {
    const auto clean = [](const std::byte* from, const std::byte* to) {
      return std::all_of(from, to, [](std::byte b) { return b == std::byte{poison_byte}; });
    };
    const std::byte* end = buffer.base() + buffer.capacity();
    return clean(buffer.base(), buffer.data()) && clean(buffer.data() + buffer.bytes(), end);
  }

  Comparison compare(const Buffer& expected, const Buffer& actual, DType dtype,
                     std::uint64_t elements, const Tolerance& tolerance) override {
    constexpr std::uint64_t slice = 1 << 16;
    const std::uint64_t slices = (elements + slice - 1) / slice;
    std::vector<Comparison> parts(slices);
    parallel(slices, 1, [&](std::uint64_t from, std::uint64_t to) {
      for (std::uint64_t s = from; s < to; ++s) {
        parts[s] = compare_range(expected.data(), actual.data(), dtype, s * slice,
                                 std::min(elements, (s + 1) * slice), tolerance);
      }
    });
    Comparison total;
    for (const Comparison& part : parts) merge(total, part);
    total.total = elements;
    return total;
  }

  void* stream() override { return nullptr; }
  std::string synchronize() override { return ""; }
  std::unique_ptr<Stopwatch> make_stopwatch(FlushRule rule) override {
    return std::make_unique<CpuStopwatch>(rule, info_.l2_bytes);
  }

 private:
  const std::uint8_t* fp8_table(DType dtype) {
    const bool e4m3 = dtype == DType::float8_e4m3fn;
    if (!e4m3 && dtype != DType::float8_e5m2) return nullptr;
    auto& table = e4m3 ? e4m3_table_ : e5m2_table_;
    if (table.empty()) {
      table.resize(fp8_table_entries);
      for (std::uint32_t i = 0; i < fp8_table_entries; ++i) {
        table[i] = fp8_table_entry(i, e4m3 ? e4m3fn_format : e5m2_format);
      }
    }
    return table.data();
  }

  DeviceInfo info_ = cpu_info();
  std::vector<std::uint8_t> e4m3_table_, e5m2_table_;
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
