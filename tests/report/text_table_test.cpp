#include "core/report/text_table.hpp"

#include <doctest/doctest.h>

namespace {

fihost::TextTable table() {
  fihost::TextTable t({{"n", true, false}, {"name", false, true}, {"gone", false, false}});
  t.add({std::string("1"), std::string("größe"), std::string("-")});
  t.add({std::string("10"), std::string("a-rather-long-name"), std::string("")});
  return t;
}

}  // namespace

TEST_CASE("columns are aligned by characters, and empty ones are left out") {
  CHECK(table().text({}) == " n  name\n 1  größe\n10  a-rather-long-name\n");
}

TEST_CASE("a column that shrinks gives way to the terminal's width") {
  const fihost::Terminal narrow{.interactive = true, .colour = false, .width = 14};
  CHECK(table().text(narrow) == " n  name\n 1  größe\n10  a-rather-…\n");
}

TEST_CASE("what is printed cannot steer the terminal") {
  CHECK(fihost::printable("a\x1b[2Jb\r\n\tc\x7f \u009b31m größe") == "a[2Jbc 31m größe");
  fihost::TextTable t({{"name", false, false}});
  t.add({std::string("\x1b]0;title\x07x")});
  CHECK(t.text({}) == "name\n]0;titlex\n");
}

TEST_CASE("fitting never splits a character") {
  CHECK(fihost::fitted("größe", 4) == "grö…");
  CHECK(fihost::fitted("größe", 5) == "größe");
  CHECK(fihost::fitted("größe", 0) == "größe");
}
