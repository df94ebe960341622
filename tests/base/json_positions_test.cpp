#include "core/base/json_positions.hpp"

#include <doctest/doctest.h>

TEST_CASE("json positions: every part has the line it stands on") {
  const fihost::JsonPositions positions(R"({
  "name": "a, \"b\": {",
  "axes": {
    "n": {"value": -1.5e3, "type":
      "const"},
    "m/~": {}
  },
  "tags": ["x",
    "y", {"z": [null,
      true]}]
})");
  CHECK(positions.line_of("") == 1);
  CHECK(positions.line_of("/name") == 2);
  CHECK(positions.line_of("/axes") == 3);
  CHECK(positions.line_of("/axes/n/type") == 4);
  CHECK(positions.line_of("/axes/" + fihost::pointer_token("m/~")) == 6);
  CHECK(positions.line_of("/tags/0") == 8);
  CHECK(positions.line_of("/tags/1") == 9);
  CHECK(positions.line_of("/tags/2/z/1") == 10);
}

TEST_CASE("json positions: what is missing has the line of what should hold it") {
  const fihost::JsonPositions positions("{\n\"axes\": {\n\"n\": {}}}");
  CHECK(positions.line_of("/axes/n/value") == 3);
  CHECK(positions.line_of("/axes/k/value") == 2);
  CHECK(positions.line_of("/reference") == 1);
}
