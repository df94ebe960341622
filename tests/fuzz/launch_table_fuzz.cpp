// What ncu prints, up to the digest and the advice that are made of it.
#include "plugins/profiler_ncu/advice.hpp"
#include "plugins/profiler_ncu/digest.hpp"
#include "plugins/profiler_ncu/kernel_summary.hpp"
#include "plugins/profiler_ncu/launch_table.hpp"
#include "tests/fuzz/foreign.hpp"

namespace {

void take(std::string_view text) noexcept {
  static_cast<void>(profiler_ncu::first_error(text));
  const auto launches = profiler_ncu::parse_launches(text);
  for (const auto& launch : launches) {
    static_cast<void>(profiler_ncu::base_name(launch.kernel));
    static_cast<void>(profiler_ncu::kernel_advice(launch));
  }
  auto kernels = profiler_ncu::summarize(launches);
  profiler_ncu::attach(kernels, launches, launches);
  const auto notes = profiler_ncu::call_advice(kernels);
  foreign::promise(profiler_ncu::digest(kernels, notes).size() <= profiler_ncu::digest_limit,
                   "a digest keeps to its limit");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  take(foreign::text(data, size));
  return 0;
}
