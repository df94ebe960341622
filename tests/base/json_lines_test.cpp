#include "core/base/json_lines.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

namespace {

struct Line {
  int number;
  std::string text;
  bool operator==(const Line&) const = default;
};

std::vector<Line> lines_of(const std::string& content) {
  const fihost::TempDir folder;
  fihost::write_text(folder.path() / "f", content);
  fihost::JsonLines lines(folder.path() / "f");
  std::vector<Line> out;
  for (std::string_view line; lines.next(line);) out.push_back({lines.number(), std::string(line)});
  return out;
}

}  // namespace

TEST_CASE("json lines: blank lines count and are passed over") {
  CHECK(lines_of("").empty());
  CHECK(lines_of("\n \n\r\n").empty());
  CHECK(lines_of("\n{}\r\n\n  [1] \n3") == std::vector<Line>{{2, "{}"}, {4, "[1]"}, {5, "3"}});
}

TEST_CASE("json lines: a line longer than what is read at once is whole") {
  const std::string text((1 << 20) + 7, 'x');
  const auto lines = lines_of("a\n" + text + "\nb");
  REQUIRE(lines.size() == 3);
  CHECK(lines[1].text == text);
  CHECK(lines[2] == Line{3, "b"});
}

TEST_CASE("json lines: a line of a gigabyte is refused by number, without reading it whole") {
  const fihost::TempDir folder;
  const auto path = folder.path() / "huge.jsonl";
  std::ofstream(path) << "{}\n";
  std::filesystem::resize_file(path, std::uintmax_t{1} << 30);
  fihost::JsonLines lines(path);
  std::string_view line;
  REQUIRE(lines.next(line));
  try {
    static_cast<void>(lines.next(line));
    FAIL("accepted");
  } catch (const fihost::Error& e) {
    CHECK(std::string(e.what()).find("huge.jsonl:2: the line is longer than 64 MiB") !=
          std::string::npos);
  }
}

TEST_CASE("json lines: a folder and a missing file are told") {
  const fihost::TempDir folder;
  CHECK_THROWS_AS(fihost::JsonLines(folder.path()), fihost::Error);
  CHECK_THROWS_AS(fihost::JsonLines(folder.path() / "none"), fihost::Error);
}
