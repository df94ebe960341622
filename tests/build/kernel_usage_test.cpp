#include "core/build/kernel_usage.hpp"

#include <doctest/doctest.h>

#include <string>

using fihost::parse_kernel_usage;

namespace {

/// As nvcc 13 prints it for two architectures, with a function that was not inlined.
const std::string ptxas_log = R"(ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_Z4kernILi3EEvPf' for 'sm_90a'
ptxas info    : Function properties for _Z4kernILi3EEvPf
    256 bytes stack frame, 3640 bytes spill stores, 3504 bytes spill loads
ptxas info    : Used 40 registers, used 1 barriers, 256 bytes cumulative stack size, 1024 bytes smem
ptxas info    : Compile time = 11.616 ms
ptxas info    : Function properties for _Z3foof
    8 bytes stack frame, 4 bytes spill stores, 2 bytes spill loads
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_Z4kernILi3EEvPf' for 'sm_89'
ptxas info    : Function properties for _Z4kernILi3EEvPf
    128 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 35 registers, used 1 barriers, 512 bytes smem, 360 bytes cmem[0]
ptxas info    : Compiling entry function 'plain' for 'sm_89'
ptxas info    : Function properties for plain
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 8 registers, used 0 barriers
)";

}  // namespace

TEST_CASE("kernel_usage: one entry for each kernel and architecture") {
  const auto usage = parse_kernel_usage(ptxas_log);
  REQUIRE(usage.size() == 3);
  CHECK(usage[0].kernel == "void kern<3>(float*)");
  CHECK(usage[0].arch == "sm_90a");
  CHECK(usage[0].registers == 40);
  CHECK(usage[0].stack_bytes == 256);
  CHECK(usage[0].spill_store_bytes == 3640);
  CHECK(usage[0].spill_load_bytes == 3504);
  CHECK(usage[0].shared_bytes == 1024);
  CHECK(usage[1].arch == "sm_89");
  CHECK(usage[1].registers == 35);
  CHECK(usage[1].stack_bytes == 128);
  CHECK(usage[1].shared_bytes == 512);
  CHECK(usage[2].kernel == "plain");
  CHECK(usage[2].registers == 8);
  CHECK(usage[2].shared_bytes == 0);
}

TEST_CASE("kernel_usage: cut and foreign text is survived") {
  CHECK(parse_kernel_usage("").empty());
  CHECK(parse_kernel_usage("Used 3 registers\n  1 bytes stack frame\n").empty());
  for (std::size_t size = 0; size < ptxas_log.size(); ++size) {
    CHECK(parse_kernel_usage(ptxas_log.substr(0, size)).size() <= 3);
  }
  CHECK(parse_kernel_usage("Compiling entry function 'k' for 'sm_90'\n"
                           "Used 99999999999999999999 registers\n")[0]
            .registers == 0);
}

TEST_CASE("kernel_usage: a name that is not mangled stays") {
  CHECK(fihost::demangle("plain") == "plain");
  CHECK(fihost::demangle("_Z3foof") == "foo(float)");
}
