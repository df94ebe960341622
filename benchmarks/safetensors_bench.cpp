// A safetensors file that the page cache holds: mapping it, and reading it where it is mapped.
#include <memory>
#include <numeric>
#include <vector>

#include "benchmarks/bench.hpp"
#include "core/base/temp_dir.hpp"
#include "core/model/safetensors.hpp"

namespace fihost::bench {
namespace {

std::uint64_t sum_of(std::span<const std::byte> data) {
  const auto* words = reinterpret_cast<const std::uint64_t*>(data.data());  // aligned by the writer
  std::uint64_t sum[4] = {};
  for (std::size_t i = 0; i + 4 <= data.size() / 8; i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) sum[lane] += words[i + lane];
  }
  return sum[0] + sum[1] + sum[2] + sum[3];
}

}  // namespace

void add_safetensors(const Yardstick& memory, const Sizes& sizes) {
  const auto folder = std::make_shared<TempDir>();  // goes with the last of the two functions
  const auto path = folder->path() / "x.safetensors";
  const auto make = [path, bytes = sizes.cpu] {
    const std::vector<std::byte> content(bytes, std::byte{1});
    write_safetensors(path, {{"x",
                              {.dtype = DType::float8_e4m3fn,
                               .shape = {static_cast<std::int64_t>(bytes)},
                               .data = content}}});
  };
  add("safetensors/map", benchmark::kMicrosecond, [folder, path, make](benchmark::State& state) {
    make();
    for (auto _ : state) {
      const SafetensorsFile file(path);
      benchmark::DoNotOptimize(file.at("x").data.data());
    }
  });
  add("safetensors/map+read", benchmark::kMillisecond,
      [folder, path, make, memory, bytes = sizes.cpu](benchmark::State& state) {
        make();
        for (auto _ : state) {
          const SafetensorsFile file(path);
          benchmark::DoNotOptimize(sum_of(file.at("x").data));
        }
        report_rate(state, bytes, memory.read);
      });
}

}  // namespace fihost::bench
