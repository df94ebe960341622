#include "core/eval/first_line.hpp"

#include <doctest/doctest.h>

TEST_CASE("blank lines are passed over from either end") {
  CHECK(fihost::first_line("\n  \n one \ntwo\n\n") == "one");
  CHECK(fihost::last_line("\n  \n one \ntwo\n \n") == "two");
  CHECK(fihost::last_line("only") == "only");
  CHECK(fihost::first_line("\n\n").empty());
  CHECK(fihost::last_line("").empty());
}

TEST_CASE("control characters do not reach the terminal") {
  CHECK(fihost::first_line("\x1b[31mred\ttext\r") == "[31mred text");
}
