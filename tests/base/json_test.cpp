#include "core/base/json.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"

namespace fs = std::filesystem;
using doctest::Contains;
using fihost::Error;
using fihost::Json;
using fihost::parse_json;

namespace {

std::size_t entries(const fs::path& folder) {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++n;
  return n;
}

}  // namespace

TEST_CASE("json: keeps the order of the file") {
  CHECK(fihost::dump(parse_json(R"({"z":1,"a":2})", "f")) == R"({"z":1,"a":2})");
}

TEST_CASE("json: a mistake is reported with its line") {
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_json("{\n\n\"a\": }", "f.json")),
                       Contains("f.json:3: not valid JSON"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_json("", "f.json")), Contains("f.json:1:"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_json("[1,\n\"a\nb\"]", "f.json")),
                       Contains("f.json:2:"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_json("[1] x", "f.json")), Contains("f.json:1:"),
                       Error);
}

TEST_CASE("json: what nests without end is refused with its line, whatever stands around it") {
  const auto nested = [](std::size_t levels) {
    return "[\"[{\\\"\",\n" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "]";
  };
  CHECK_NOTHROW(static_cast<void>(parse_json(nested(256), "f")));
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_json(nested(257), "f")),
                       "f:2: nests deeper than 256 levels", Error);
  CHECK_THROWS_AS(static_cast<void>(parse_json(nested(1'000'000), "f")), Error);
}

TEST_CASE("json: NaN, Infinity and numbers beyond double are refused with their line") {
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_json("[\nNaN]", "f")),
                       Contains("f:2: not valid JSON"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_json("[\n-Infinity]", "f")),
                       Contains("f:2: not valid JSON"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_json("[1,\n\n1e999]", "f")),
                       Contains("f:3: not valid JSON"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_json("[1e999]", "f")), Contains("1e999"), Error);
}

TEST_CASE("json: a file is replaced whole and leaves nothing beside it") {
  const fihost::TempDir dir;
  const auto path = dir.path() / "new" / "folder" / "f.json";
  fihost::write_text(path, "[1]");
  fihost::write_text(path, "[2]");
  CHECK(fihost::read_json(path) == Json::array({2}));
  CHECK(entries(path.parent_path()) == 1);
}

TEST_CASE("json: pieces are written one after the other") {
  const fihost::TempDir dir;
  const std::string large(1 << 20, 'x');
  const std::array<std::string_view, 3> parts = {"a", large, "b"};
  fihost::write_parts(dir.path() / "f", parts);
  CHECK(fihost::read_text(dir.path() / "f") == "a" + large + "b");
}

TEST_CASE("json: a file that cannot be written or read is an Error with its path") {
  const fihost::TempDir dir;
  fihost::write_text(dir.path() / "file", "");
  CHECK_THROWS_WITH_AS(fihost::write_text(dir.path() / "file" / "below", ""), Contains("/file"),
                       Error);
  fs::create_directory(dir.path() / "folder");
  CHECK_THROWS_WITH_AS(fihost::write_text(dir.path() / "folder", "x"), Contains("/folder"), Error);
  CHECK(entries(dir.path()) == 2);  // no temporary file stays
  CHECK_THROWS_WITH_AS(static_cast<void>(fihost::read_text(dir.path() / "none")), Contains("/none"),
                       Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(fihost::read_text(dir.path())), Contains("directory"),
                       Error);
}

TEST_CASE("json: invalid UTF-8 is replaced when written") {
  CHECK(fihost::dump(Json("a\xff")) == "\"a\xef\xbf\xbd\"");
}
