#include "core/model/definition.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/base/error.hpp"

using doctest::Approx;
using doctest::Contains;
using fihost::DType;
using fihost::Error;
using fihost::Json;
using fihost::parse_definition;

namespace {

Json valid() {
  return Json::parse(R"({
    "name": "scale", "op_type": "scale", "description": "what it does", "tags": ["stage:test"],
    "axes": {"rows": {"type": "var"}, "hidden": {"type": "const", "value": 64}},
    "inputs": {"x": {"shape": ["rows", "hidden"], "dtype": "bfloat16"},
               "alpha": {"shape": null, "dtype": "float32"},
               "b": {"shape": [], "dtype": "int32"}},
    "outputs": {"y": {"shape": ["rows", "hidden"], "dtype": "bfloat16"}},
    "reference": "import torch\ndef run(x, alpha, b):\n    return x * alpha\n"})");
}

std::string message_of(const Json& json) {
  try {
    static_cast<void>(parse_definition(json, "file.json"));
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

/// What is said of the valid definition after `value` was put at `where`.
std::string message_with(const std::string& where, const Json& value) {
  auto json = valid();
  json[Json::json_pointer(where)] = value;
  return message_of(json);
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("definition: what is written reads as the same definition") {
  const auto first = parse_definition(valid(), "f");
  const auto written = to_json(first);
  CHECK(to_json(parse_definition(written, "f")) == written);
  CHECK(written["inputs"].items().begin().key() == "x");
  CHECK(written["axes"]["hidden"]["value"] == 64);
  CHECK(written["inputs"]["alpha"]["shape"].is_null());
  CHECK(written["reference"] == valid()["reference"]);
}

TEST_CASE("definition: the order of the file is kept") {
  const auto definition = parse_definition(
      fihost::read_json(FIHOST_FIXTURES "/definitions/rowscale/rowscale_h64.json"), "f");
  CHECK(definition.name == "rowscale_h64");
  REQUIRE(definition.inputs.size() == 3);
  CHECK(definition.inputs[0].name == "x");
  CHECK(definition.inputs[1].name == "row_weight");
  CHECK(definition.inputs[2].name == "alpha");
  CHECK(definition.inputs[2].scalar());
  CHECK(definition.inputs[0].dtype == DType::bfloat16);
  REQUIRE(definition.axes.size() == 2);
  CHECK(definition.axes[0].name == "rows");
  CHECK_FALSE(definition.axes[0].value);
  CHECK(definition.axes[1].value == 64);
  CHECK(definition.constraints.size() == 1);
  CHECK(definition.tags.size() == 2);
}

TEST_CASE("definition: a shape of null is a scalar, an empty one a 0-d tensor") {
  const auto definition = parse_definition(valid(), "f");
  CHECK(definition.inputs[1].scalar());
  CHECK_FALSE(definition.inputs[2].scalar());
  CHECK(definition.inputs[2].shape->empty());
  CHECK(fihost::extents(definition.inputs[2], {}).empty());
}

TEST_CASE("definition: unknown keys are ignored and numbers read leniently") {
  auto json = valid();
  json["custom_inputs_entrypoint"] = 1;
  json["axes"]["hidden"] = {{"value", "64"}, {"extra", true}};
  json["axes"]["rows"] = Json::object();
  const auto definition = parse_definition(json, "f");
  CHECK(definition.axes[1].value == 64);
  CHECK_FALSE(definition.axes[0].value);
  json["axes"]["hidden"]["value"] = 64.0;
  CHECK(parse_definition(json, "f").axes[1].value == 64);
}

TEST_CASE("definition: each rule of the schema is held") {
  CHECK(message_of(valid()).empty());
  CHECK(holds(message_with("/name", ""), "\"name\" must be a string"));
  CHECK(holds(message_with("/op_type", 3), "\"op_type\" must be a string"));
  CHECK(holds(message_with("/description", 3), "\"description\""));
  CHECK(holds(message_with("/axes", Json::array()), "\"axes\" must be an object"));
  CHECK(holds(message_with("/axes/hidden/value", -1), "axis \"hidden\""));
  CHECK(holds(message_with("/axes/hidden/value", 1.5), "axis \"hidden\""));
  CHECK(holds(message_with("/axes/hidden/value", true), "axis \"hidden\""));
  CHECK(holds(message_with("/axes/hidden", {{"type", "const"}}), "axis \"hidden\""));
  CHECK(holds(message_with("/axes/hidden/type", "expr"), "\"expr\""));
  CHECK(holds(message_with("/inputs/x/dtype", "float64"), "\"float64\""));
  CHECK(holds(message_with("/inputs/x/dtype", nullptr), "dtype none"));
  CHECK(holds(message_with("/inputs/x", {{"dtype", "int8"}}), "input \"x\" needs a \"shape\""));
  CHECK(holds(message_with("/inputs/x/shape", "rows"), "input \"x\" needs a \"shape\""));
  CHECK(holds(message_with("/inputs/x/shape/0", 3), "input \"x\": an axis name"));
  CHECK(holds(message_with("/inputs/x/shape/0", "cols"), "undefined axis \"cols\""));
  CHECK(holds(message_with("/outputs/y/shape/0", "cols"),
              "output \"y\" references the undefined axis \"cols\""));
  CHECK(holds(message_with("/outputs/x", valid()["outputs"]["y"]), "\"x\" is the name of"));
  CHECK(holds(message_with("/outputs", nullptr), "\"outputs\" must be an object"));
  CHECK(holds(message_with("/tags", nullptr), "\"tags\" must be a list"));
  CHECK(holds(message_with("/constraints", {""}), "each of \"constraints\""));
  CHECK(holds(message_of(Json::array()), "must be an object"));
}

TEST_CASE("definition: the reference needs a plain top-level run") {
  for (const auto* source : {"def run(x):\n  pass", "import x\n\ndef  run (x): pass",
                             "@torch.no_grad()\r\ndef run(\r\n  x): pass"}) {
    CHECK(message_with("/reference", source) == "");
  }
  for (const auto* source :
       {"", "run = lambda x: x", "async def run(x): pass", "class A:\n  def run(self): pass",
        "def runner(x): pass", "def run", "# def run(x)"}) {
    CHECK(holds(message_with("/reference", source), "\"reference\" must"));
  }
}

TEST_CASE("definition: every violation of a file is told at once") {
  auto json = valid();
  json["name"] = nullptr;
  json["axes"]["hidden"]["value"] = -4;
  json["inputs"]["x"]["dtype"] = "float64";
  const auto message = message_of(json);
  CHECK(message.starts_with("file.json: not a valid definition: 3 violations\n"));
  CHECK(std::count(message.begin(), message.end(), '\n') == 3);
  CHECK(holds(message, "\"name\""));
  CHECK(holds(message, "-4"));
  CHECK(holds(message, "float64"));
  const auto one = message_with("/name", "");
  CHECK(std::count(one.begin(), one.end(), '\n') == 0);
}

TEST_CASE("definition: the tolerance is the file's, else the format's") {
  auto json = valid();
  auto tolerance = parse_definition(json, "f").tolerance;
  CHECK(tolerance.atol == 0.01);
  CHECK(tolerance.rtol == 0.01);
  CHECK_FALSE(tolerance.required_matched_ratio);

  json["name"] = "moe_fp8_block_scale_x";
  CHECK(parse_definition(json, "f").tolerance.required_matched_ratio == 0.95);

  json["fihost"]["tolerance"] = {{"atol", 1}, {"rtol", 0.3}, {"required_matched_ratio", 0.9}};
  tolerance = parse_definition(json, "f").tolerance;
  CHECK(tolerance.atol == 1);
  CHECK(tolerance.rtol == Approx(0.3));
  CHECK(tolerance.required_matched_ratio == 0.9);

  json["fihost"]["tolerance"]["required_matched_ratio"] = nullptr;
  CHECK_FALSE(parse_definition(json, "f").tolerance.required_matched_ratio);
}

TEST_CASE("definition: a tolerance that makes no sense is refused") {
  const auto with = [](const Json& tolerance) {
    return message_with("/fihost", {{"tolerance", tolerance}});
  };
  CHECK(holds(with({{"atol", 0}}), "fihost.tolerance.atol"));
  CHECK(holds(with({{"rtol", -1}}), "fihost.tolerance.rtol"));
  CHECK(holds(with({{"rtol", "Infinity"}}), "fihost.tolerance.rtol"));
  CHECK(holds(with({{"atol", nullptr}}), "fihost.tolerance.atol"));
  CHECK(holds(with({{"required_matched_ratio", 1.5}}), "<= 1"));
  CHECK(holds(with({{"atoll", 1}}), "unknown key \"atoll\""));
  CHECK(holds(with(3), "must be an object"));
}

TEST_CASE("definition: axis values join constants and variables") {
  const auto definition = parse_definition(valid(), "f");
  const auto values = fihost::axis_values(definition, {{"rows", 7}});
  CHECK(values == fihost::AxisValues{{"hidden", 64}, {"rows", 7}});
  CHECK(fihost::extents(definition.inputs[0], values) == std::vector<std::int64_t>{7, 64});
  CHECK_THROWS_WITH_AS(static_cast<void>(fihost::axis_values(definition, {})), Contains("\"rows\""),
                       Error);
  CHECK_THROWS_WITH_AS(
      static_cast<void>(fihost::axis_values(definition, {{"rows", 7}, {"cols", 1}})),
      Contains("\"cols\""), Error);
  CHECK_THROWS_WITH_AS(
      static_cast<void>(fihost::axis_values(definition, {{"rows", 7}, {"hidden", 1}})),
      Contains("\"hidden\""), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(fihost::axis_values(definition, {{"rows", -7}})),
                       Contains("-7"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(fihost::extents(definition.inputs[0], {{"rows", 7}})),
                       Contains("\"hidden\""), Error);
}
