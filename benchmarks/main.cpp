// Micro-benchmarks of what fihost does often or to much data.
//
//     fihost_bench [--small] [options of Google Benchmark, e.g. --benchmark_filter=compare]
//
// Rates stand beside the bandwidth of the memory in question, measured at the start of the same run.
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>

#include "benchmarks/bench.hpp"
#include "core/base/error.hpp"

namespace fihost::bench {

void add(const std::string& name, benchmark::TimeUnit unit,
         std::function<void(benchmark::State&)> body) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(body))->UseRealTime()->Unit(unit);
}

void report_rate(benchmark::State& state, std::uint64_t bytes, double yardstick) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) *
                          static_cast<std::int64_t>(state.iterations()));
  // A share of the yardstick's time: bytes per second is its inverse.
  state.counters["of_memory"] = benchmark::Counter(static_cast<double>(bytes) / yardstick,
                                                   benchmark::Counter::kIsIterationInvariantRate);
}

namespace {

/// Takes --small out of the arguments, which Google Benchmark would not know.
bool take_small(int& count, char** arguments) {
  int kept = 0;
  for (int i = 0; i < count; ++i) {
    if (std::strcmp(arguments[i], "--small") != 0) arguments[kept++] = arguments[i];
  }
  const bool found = kept < count;
  count = kept;
  return found;
}

/// Console output begins with it.
void show(const std::string& name, const std::string& device, const Yardstick& memory) {
  benchmark::AddCustomContext(name, device);
  benchmark::AddCustomContext(
      name + " memory", fmt::format("read {:.1f}, write {:.1f}, copy {:.1f} GB/s",
                                    memory.read / 1e9, memory.write / 1e9, memory.copy / 1e9));
}

void run(const Sizes& sizes) {
  const auto cpu = device::open_device("cpu");
  const Yardstick cpu_memory = measure_cpu(sizes.cpu);
  show("CPU", cpu->info().name, cpu_memory);
  const Target host{"cpu", *cpu, cpu_memory, sizes.cpu};
  add_safetensors(cpu_memory, sizes);
  add_tensors(host);
  std::unique_ptr<device::Device> cuda;
  Yardstick cuda_memory;
  if (device::probe_devices().devices.size() > 1) {
    cuda = device::open_device("cuda");
    cuda_memory = measure_cuda(*cuda, sizes.cuda);
    show("GPU", cuda->info().name, cuda_memory);
    const Target gpu{"cuda", *cuda, cuda_memory, sizes.cuda};
    add_tensors(gpu);
  }
  add_json(sizes);
  add_channel();
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace
}  // namespace fihost::bench

int main(int count, char** arguments) {
  fihost::bench::Sizes sizes;
  if (fihost::bench::take_small(count, arguments)) {
    sizes = {.cpu = 1u << 20, .cuda = 1u << 20, .files = 3};
  }
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  try {
    fihost::bench::run(sizes);
  } catch (const fihost::Error& error) {
    std::cerr << "fihost_bench: " << error.what() << "\n";
    return 3;
  }
  benchmark::Shutdown();
  return 0;
}
