#include "core/eval/environment.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <regex>

#include "core/base/processor.hpp"

TEST_CASE("the environment tells compilers, processor and time, and not the machine's name") {
  fihost::Toolchain tools;
  tools.cxx_version = "g++ 12";
  tools.nvcc_version = "release 13.0";
  const auto e = fihost::environment_of(tools, {"sm_90a"});
  CHECK(e.cxx == "g++ 12");
  CHECK(e.nvcc == "release 13.0");
  CHECK(e.archs == std::vector<std::string>{"sm_90a"});
  CHECK(e.cpu == fihost::processor_name());
  CHECK_FALSE(e.cpu.empty());
  CHECK(std::regex_match(e.time, std::regex("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ")));
  char host[256] = {};
  REQUIRE(::gethostname(host, sizeof host - 1) == 0);
  for (const auto& text : {e.fihost, e.commit, e.time, e.cpu, e.cxx, e.nvcc}) CHECK(text != host);
}
