// Text within a number of bytes.
#include "core/search/bounded_text.hpp"

#include <doctest/doctest.h>

#include <random>

using fihost::search::bounded_line;
using fihost::search::bounded_lines;

TEST_CASE("text that fits stays as it is") {
  CHECK(bounded_lines("a\nb", 3) == "a\nb");
  CHECK(bounded_lines("", 0).empty());
  CHECK(bounded_line("a b", 3) == "a b");
}

TEST_CASE("text is cut at a line end and says how many lines are missing") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "line\n";
  CHECK(bounded_lines(text, 40) == "line\nline\nline\n[... 97 lines left out]");
  CHECK(bounded_lines("short\n" + std::string(1000, 'x'), 40) == "short\n[... 1 line left out]");
}

TEST_CASE("a first line that is too long is cut between characters") {
  CHECK(bounded_lines("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 7) == "\xc3\xa4 ...");
  CHECK(bounded_lines(std::string(1000, 'x') + "\ny\n", 40) ==
        "xxxxxxxxxxxxx ...\n[... 1 line left out]");
}

TEST_CASE("a line has no control characters, no runs of blanks and no end that is cut in two") {
  CHECK(bounded_line(" a\r\n\tb\x1b c  ", 100) == "a b c");
  CHECK(bounded_line("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 8) == "\xe2\x82\xac ...");
}

TEST_CASE("no text of any kind is longer than its bytes, nor cut inside a character") {
  std::mt19937 random(3);
  const std::string alphabet[] = {"a", "\n", " ", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
  const auto whole = [](const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto lead = static_cast<unsigned char>(text[at]);
      const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      if ((lead & 0xc0) == 0x80 || at + size > text.size()) return false;
      at += size;
    }
    return true;
  };
  for (int round = 0; round < 3000; ++round) {
    std::string text, garbage;
    for (std::size_t i = random() % 80; i > 0; --i) text += alphabet[random() % 6];
    for (std::size_t i = random() % 80; i > 0; --i) garbage += static_cast<char>(random() % 256);
    const std::size_t bytes = random() % 60;
    CAPTURE(text);
    CAPTURE(bytes);
    REQUIRE(bounded_lines(text, bytes).size() <= bytes);
    REQUIRE(bounded_line(text, bytes).size() <= bytes);
    REQUIRE(whole(bounded_lines(text, bytes)));
    REQUIRE(whole(bounded_line(text, bytes)));
    REQUIRE(bounded_lines(garbage, bytes).size() <= bytes);
    REQUIRE(bounded_line(garbage, bytes).size() <= bytes);
  }
}
