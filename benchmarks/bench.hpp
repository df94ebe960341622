// What the files of this folder register; main() calls each once.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>

#include "benchmarks/yardstick.hpp"

namespace fihost::bench {

/// How much memory to go over: far more than caches hold, or, for a test that everything runs, little.
struct Sizes {
  std::uint64_t cpu = 512u << 20;
  std::uint64_t cuda = std::uint64_t{2} << 30;
  int files = 300;
};

/// A device under test and what its memory gives. Both outlive the benchmarks.
struct Target {
  std::string name;  ///< "cpu", "cuda"
  device::Device& device;
  const Yardstick& memory;
  std::uint64_t bytes;
};

void add_tensors(const Target& target);
void add_safetensors(const Yardstick& memory, const Sizes& sizes);
void add_json(const Sizes& sizes);
void add_channel();

/// Register under `name`, on the wall clock, with times shown in `unit`.
void add(const std::string& name, benchmark::TimeUnit unit,
         std::function<void(benchmark::State&)> body);

/// Report `bytes` an iteration as a rate, and that as a share of `yardstick` bytes per second.
void report_rate(benchmark::State& state, std::uint64_t bytes, double yardstick);

}  // namespace fihost::bench
