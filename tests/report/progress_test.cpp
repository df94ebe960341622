#include "core/report/progress.hpp"

#include <doctest/doctest.h>

#include <sstream>

TEST_CASE("off a terminal there are lines and nothing else") {
  std::ostringstream out;
  {
    fihost::Progress progress(out, {});
    progress.begin(4);
    progress.label("working");
    progress.step();
    progress.line("one done");
    progress.step(3);
  }
  CHECK(out.str() == "one done\n");
}

TEST_CASE("on a terminal the bar moves below the lines and goes in the end") {
  std::ostringstream out;
  const fihost::Terminal terminal{.interactive = true, .colour = false, .width = 60};
  {
    fihost::Progress progress(out, terminal);
    progress.begin(4);
    progress.step(2);
    progress.label("busy");
    const auto drawn = out.str();
    CHECK(drawn.find("[############............] 2/4 busy") != std::string::npos);
    progress.line("one done");
    CHECK(out.str().find("\r\x1b[Kone done\n\r\x1b[K[####") != std::string::npos);
  }
  const auto text = out.str();
  CHECK(text.substr(text.size() - 4) == "\r\x1b[K");
}

TEST_CASE("more steps than were promised do not overfill the bar") {
  std::ostringstream out;
  const fihost::Terminal terminal{.interactive = true, .colour = false, .width = 60};
  fihost::Progress progress(out, terminal);
  progress.begin(2);
  progress.step(5);
  CHECK(out.str().find("] 2/2 ") != std::string::npos);
}
