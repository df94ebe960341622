#include "launch_table.hpp"

#include <doctest/doctest.h>

#include "core/base/json.hpp"

using profiler_ncu::base_name;
using profiler_ncu::parse_launches;
using profiler_ncu::short_name;

TEST_CASE("every launch of what ncu prints is read with its numbers in base units") {
  const auto launches = parse_launches(fihost::read_text(TEST_DATA "/survey.txt"));
  REQUIRE(launches.size() == 12);
  CHECK(launches[0].kernel == "void scale<2>(float *, int)");
  CHECK(launches[4].grid == "(262144, 1, 1)");
  CHECK(launches[4].value("gpu__time_duration.sum").value() == 3910080);
  CHECK_FALSE(launches[4].value("launch__func_cache_config"));  // no number
  CHECK_FALSE(launches[4].value("device__attribute_l2_cache_size"));
}

TEST_CASE("quotes, foreign lines, torn rows, n/a and other units do not disturb the table") {
  const auto launches = parse_launches(
      "\"a line of the program\", it says\n"
      "\"ID\",\"Process ID\",\"Kernel Name\",\"Grid Size\",\"x__time.sum\",\"y__b.sum\"\r\n"
      "\"\",\"\",\"\",\"\",\"usecond\",\"Mbyte\"\r\n"
      "==PROF== interrupts\n"
      "\"0\",\"7\",\"f(\"\"a\"\", b)\",\"(1, 1, 1)\",\"1,234.5\",\"n/a\"\r\n"
      "\"1\",\"7\",\"g\",\"(1, 1, 1)\",\"nan\",\"2\"\n"
      "\"2\",\"7\",\"h\",\"(1,");
  REQUIRE(launches.size() == 2);
  CHECK(launches[0].kernel == "f(\"a\", b)");
  CHECK(launches[0].value("x__time.sum").value() == 1234500);
  CHECK_FALSE(launches[0].value("y__b.sum"));
  CHECK_FALSE(launches[1].value("x__time.sum"));
  CHECK(launches[1].value("y__b.sum").value() == 2e6);
}

TEST_CASE("a kernel is named as --kernel-name has it, and shown without its parameters") {
  CHECK(base_name("void moe::gemm<2, a::b<float>>(const float *, int)") == "gemm");
  CHECK(short_name("void moe::gemm<2, a::b<float>>(const float *, int)") ==
        "moe::gemm<2, a::b<float>>");
  CHECK(base_name("(anonymous namespace)::rows(const __half *)") == "rows");
  CHECK(short_name("(anonymous namespace)::rows(const __half *)") == "(anonymous namespace)::rows");
  CHECK(base_name("void f<(bool)1>(void (*)(int))") == "f");
  CHECK(base_name("plain") == "plain");
  CHECK(base_name("a::operator()(int)").empty());
}
