#include "core/plugin/config_schema.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"

namespace {

using fihost::ConfigSchema;
using fihost::Json;

/// The message that `config` gets from `schema`; "" when it is right.
std::string verdict(const char* schema, const char* config) {
  const ConfigSchema checked(schema, "c");
  try {
    checked.check(Json::parse(config));
  } catch (const fihost::Error& e) {
    CHECK(e.fault() == fihost::Fault::usage);
    return e.what();
  }
  return "";
}

std::string schema_error(const char* schema) {
  try {
    static_cast<void>(ConfigSchema(schema, "c"));
  } catch (const fihost::Error& e) {
    return e.what();
  }
  return "";
}

constexpr const char* limits = R"({
  "description": "what a run may cost",
  "required": ["seconds"],
  "properties": {
    "seconds": {"type": "number", "minimum": 0, "maximum": 60, "default": 1},
    "retries": {"type": "integer"},
    "mode": {"enum": ["fast", "safe"]},
    "name": {"type": ["string", "null"]},
    "free": {"type": "object", "additionalProperties": true},
    "steps": {"type": "array", "items": {"properties": {"size": {"type": "integer"}}}}}})";

}  // namespace

TEST_CASE("config schema: what is within it passes") {
  CHECK(verdict(limits, R"({"seconds": 0})") == "");
  CHECK(verdict(limits, R"({"seconds": 60.0, "retries": 2.0, "mode": "safe", "name": null,
                            "free": {"any": 1}, "steps": [{"size": 1}, {}]})") == "");
}

TEST_CASE("config schema: a wrong value is named with what was wanted") {
  CHECK(verdict(limits, R"({"seconds": "1"})") == "c: 'seconds' is \"1\", want number");
  CHECK(verdict(limits, R"({"seconds": 1, "retries": 1.5})") ==
        "c: 'retries' is 1.5, want integer");
  CHECK(verdict(limits, R"({"seconds": 1, "name": 3})") == "c: 'name' is 3, want string or null");
  CHECK(verdict(limits, R"({"seconds": -1})") == "c: 'seconds' is -1, want at least 0");
  CHECK(verdict(limits, R"({"seconds": 61})") == "c: 'seconds' is 61, want at most 60");
  CHECK(verdict(limits, R"({"seconds": 1, "mode": "slow"})") ==
        "c: 'mode' is \"slow\", want one of [\"fast\",\"safe\"]");
}

TEST_CASE("config schema: a missing key is named") {
  CHECK(verdict(limits, "{}") == "c: the configuration lacks the required key 'seconds'");
}

TEST_CASE("config schema: an unknown key gets the nearest known one, at any depth") {
  CHECK(verdict(limits, R"({"seconds": 1, "retrys": 1})") ==
        "c: unknown key 'retrys'; the nearest known one is 'retries'");
  CHECK(verdict(limits, R"({"seconds": 1, "steps": [{}, {"sizes": 1}]})") ==
        "c: unknown key 'steps[1].sizes'; the nearest known one is 'steps[1].size'");
}

TEST_CASE("config schema: a schema beyond the subset is refused") {
  CHECK(schema_error(R"({"properties": {"a": {"pattern": "x"}}})") ==
        "c: the config_schema of 'a' has the keyword 'pattern', which is not supported");
  CHECK(schema_error(R"({"type": "float"})") ==
        "c: the config_schema of the configuration has 'type': \"float\", want one of null, "
        "boolean, object, array, integer, number, string");
  CHECK(schema_error(R"({"required": "a"})") ==
        "c: the config_schema of the configuration has 'required': \"a\", want a list of keys");
  CHECK(schema_error("[]") == "c: the config_schema of the configuration is not an object");
  CHECK(schema_error("{").find("c: config_schema:1: not valid JSON") == 0);
}
