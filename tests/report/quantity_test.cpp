#include "core/report/quantity.hpp"

#include <doctest/doctest.h>

#include <limits>

TEST_CASE("a duration is shown in the unit that suits it") {
  CHECK(fihost::duration_text(0.00271) == "2.71 us");
  CHECK(fihost::duration_text(0.0123) == "12.3 us");
  CHECK(fihost::duration_text(0.9994) == "999 us");
  CHECK(fihost::duration_text(0.9996) == "1.00 ms");
  CHECK(fihost::duration_text(12.34) == "12.3 ms");
  CHECK(fihost::duration_text(123.4) == "123 ms");
  CHECK(fihost::duration_text(1500) == "1.50 s");
  CHECK(fihost::duration_text(std::nullopt) == "-");
}

TEST_CASE("what is not there or not finite is a dash") {
  CHECK(fihost::speedup_text(3.214) == "3.21x");
  CHECK(fihost::speedup_text(std::numeric_limits<double>::infinity()) == "-");
  CHECK(fihost::speedup_text(std::nullopt) == "-");
  CHECK(fihost::percent_text(0.833) == "83 %");
  CHECK(fihost::percent_text(0.98765, 2) == "98.77 %");
  CHECK(fihost::percent_text(std::nullopt) == "-");
}

TEST_CASE("counts and clocks are short") {
  CHECK(fihost::count_text(812) == "812");
  CHECK(fihost::count_text(12345) == "12.3 k");
  CHECK(fihost::count_text(1.21e6) == "1.21 M");
  CHECK(fihost::count_text(4e9) == "4.00 G");
  CHECK(fihost::clock_text(0.4) == "0 s");
  CHECK(fihost::clock_text(59.9) == "59 s");
  CHECK(fihost::clock_text(245) == "4:05");
  CHECK(fihost::clock_text(3731) == "1:02:11");
  CHECK(fihost::clock_text(std::numeric_limits<double>::quiet_NaN()) == "-");
}
