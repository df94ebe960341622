#include "core/model/workload.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"

using doctest::Contains;
using fihost::Error;
using fihost::Json;
using fihost::parse_workload;

namespace {

const fihost::Definition& definition() {
  static const auto parsed = fihost::parse_definition(Json::parse(R"({
    "name": "scale", "op_type": "scale",
    "axes": {"rows": {"type": "var"}, "cols": {"type": "var"}, "hidden": {"value": 64}},
    "inputs": {"x": {"shape": ["rows", "cols", "hidden"], "dtype": "int64"},
               "w": {"shape": ["rows"], "dtype": "float32"},
               "alpha": {"shape": null, "dtype": "float32"},
               "count": {"shape": null, "dtype": "int8"},
               "flag": {"shape": null, "dtype": "bool"}},
    "outputs": {"y": {"shape": ["rows"], "dtype": "bfloat16"}},
    "reference": "def run(x): pass"})"),
                                                      "f");
  return parsed;
}

Json valid() {
  return Json::parse(R"({"definition": "scale", "solution": null, "evaluation": null,
    "workload": {"uuid": "u-1", "axes": {"rows": 4, "cols": 2},
      "inputs": {"x": {"type": "random"},
                 "w": {"type": "safetensors", "path": "./blob/a.safetensors", "tensor_key": "w"},
                 "alpha": {"type": "scalar", "value": 0.25},
                 "count": {"type": "scalar", "value": 3},
                 "flag": {"type": "scalar", "value": true}}},
    "generator": {"z": 3, "a": -1}, "cost": {"bytes": 1e9, "flops": 12}})");
}

std::string message_with(const std::string& where, const Json& value) {
  auto json = valid();
  json[Json::json_pointer(where)] = value;
  try {
    static_cast<void>(parse_workload(json, definition(), "w.jsonl:3"));
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Json scalar(const Json& value) { return {{"type", "scalar"}, {"value", value}}; }

/// The scalar that `input` is after `value` was given for it.
fihost::ScalarInput read(const std::string& input, const Json& value) {
  auto json = valid();
  json["workload"]["inputs"][input] = value;
  const auto workload = parse_workload(json, definition(), "f");
  return std::get<fihost::ScalarInput>(workload.inputs.at(input));
}

}  // namespace

TEST_CASE("workload: a line is read with fihost's additions") {
  const auto workload = parse_workload(valid(), definition(), "f");
  CHECK(workload.uuid == "u-1");
  CHECK(workload.axes.at("rows") == 4);
  CHECK(std::holds_alternative<fihost::RandomInput>(workload.inputs.at("x")));
  const auto& file = std::get<fihost::SafetensorsInput>(workload.inputs.at("w"));
  CHECK(file.path == "./blob/a.safetensors");
  CHECK(file.tensor_key == "w");
  REQUIRE(workload.generator.size() == 2);
  CHECK(workload.generator[0] == std::pair<std::string, std::int64_t>{"z", 3});
  CHECK(workload.generator[1] == std::pair<std::string, std::int64_t>{"a", -1});
  REQUIRE(workload.cost);
  CHECK(workload.cost->bytes == 1e9);
  CHECK(workload.cost->flops == 12);
}

TEST_CASE("workload: inputs, additions and nulls may be absent, unknown keys present") {
  const auto json = Json::parse(R"({"definition": "scale", "other": 1,
    "workload": {"uuid": "u", "axes": {"rows": "4", "cols": 0.0}, "inputs": {}, "more": 2}})");
  const auto workload = parse_workload(json, definition(), "f");
  CHECK(workload.inputs.empty());
  CHECK(workload.generator.empty());
  CHECK_FALSE(workload.cost);
  CHECK(workload.axes.at("rows") == 4);
  CHECK(workload.axes.at("cols") == 0);
}

TEST_CASE("workload: true, 1 and 1.0 stay apart") {
  CHECK(std::get<std::int64_t>(read("alpha", scalar(1)).value) == 1);
  CHECK(std::get<double>(read("alpha", scalar(1.0)).value) == 1.0);
  CHECK(std::get<bool>(read("flag", scalar(true)).value));
  CHECK(std::get<std::int64_t>(read("count", scalar("-128")).value) == -128);
  CHECK(std::get<double>(read("alpha", scalar("0.5")).value) == 0.5);
  CHECK(std::isinf(std::get<double>(read("alpha", scalar("-Infinity")).value)));
}

TEST_CASE("workload: a missing type is told by the fields") {
  CHECK(std::get<double>(read("alpha", {{"value", 0.5}}).value) == 0.5);
  auto json = valid();
  json["workload"]["inputs"]["w"] = {{"path", "p"}, {"tensor_key", "k"}};
  json["workload"]["inputs"]["x"] = Json::object();
  const auto workload = parse_workload(json, definition(), "f");
  CHECK(std::holds_alternative<fihost::SafetensorsInput>(workload.inputs.at("w")));
  CHECK(std::holds_alternative<fihost::RandomInput>(workload.inputs.at("x")));
}

TEST_CASE("workload: a scalar must fit its type") {
  for (const Json& value : {Json(1.5), Json(128), Json(-129), Json("Infinity")}) {
    CHECK(holds(message_with("/workload/inputs/count", scalar(value)), "type int8"));
  }
  for (const Json& value : {Json("x"), Json()}) {
    CHECK(holds(message_with("/workload/inputs/count", scalar(value)), "needs a \"value\""));
  }
  CHECK(message_with("/workload/inputs/count", scalar(127)).empty());
  CHECK(holds(message_with("/workload/inputs/flag", scalar(2)), "type bool"));
  CHECK(holds(message_with("/workload/inputs/flag", scalar(0.5)), "type bool"));
}

TEST_CASE("workload: a scalar takes the kind of its type where nothing is lost") {
  CHECK(std::get<std::int64_t>(read("count", scalar(3.0)).value) == 3);
  CHECK(std::get<std::int64_t>(read("count", scalar(true)).value) == 1);
  CHECK(std::get<double>(read("alpha", scalar(true)).value) == 1.0);
  CHECK(std::get<bool>(read("flag", scalar(1)).value));
}

TEST_CASE("workload: axes and inputs that the definition does not have are passed over") {
  auto json = valid();
  json["workload"]["axes"]["depth"] = 4;
  json["workload"]["axes"]["hidden"] = 64;
  json["workload"]["inputs"]["z"] = Json::object();
  const auto workload = parse_workload(json, definition(), "f");
  CHECK(workload.axes == std::map<std::string, std::int64_t>{{"cols", 2}, {"rows", 4}});
  CHECK_FALSE(workload.inputs.contains("z"));
}

TEST_CASE("workload: each rule is held and the line is named") {
  CHECK(message_with("/solution", nullptr).empty());
  CHECK(message_with("/solution", "s").starts_with("w.jsonl:3: not a valid workload: "));
  CHECK(holds(message_with("/evaluation", Json::object()), "\"evaluation\" must be null"));
  CHECK(holds(message_with("/definition", "other"), "\"definition\" must be \"scale\""));
  CHECK(holds(message_with("/workload", nullptr), "\"workload\" must be an object"));
  CHECK(holds(message_with("/workload/uuid", ""), "uuid"));
  CHECK(holds(message_with("/workload/axes", {{"rows", 4}}), "axis \"cols\" is missing"));
  CHECK(holds(message_with("/workload/axes/rows", -1), "axis \"rows\" must be an integer"));
  CHECK(holds(message_with("/workload/axes/rows", 1.5), "axis \"rows\" must be an integer"));
  CHECK(holds(message_with("/workload/inputs/x", scalar(1)), "\"x\" is a tensor"));
  CHECK(holds(message_with("/workload/inputs/alpha", valid()["workload"]["inputs"]["w"]),
              "\"alpha\" is a scalar"));
  CHECK(holds(message_with("/workload/inputs/w/path", ""), "\"path\""));
  CHECK(holds(message_with("/workload/inputs/x/type", "custom"), "type \"custom\""));
  CHECK(holds(message_with("/workload/inputs/x", 1), "input \"x\" must be an object"));
  CHECK(holds(message_with("/generator/z", 1.5), "generator.z"));
  CHECK(holds(message_with("/generator", 3), "\"generator\" must be an object"));
  CHECK(holds(message_with("/cost/bytes", -1), "cost.bytes"));
  CHECK(holds(message_with("/cost", {{"bytes", 1}}), "cost.flops"));
}

TEST_CASE("workload: tensors beyond the address space are refused") {
  auto json = valid();
  json["workload"]["axes"] = {{"rows", std::int64_t{1} << 40}, {"cols", std::int64_t{1} << 40}};
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_workload(json, definition(), "f")),
                       Contains("tensor \"x\" is too large"), Error);
  json["workload"]["axes"]["cols"] = 0;
  CHECK_NOTHROW(static_cast<void>(parse_workload(json, definition(), "f")));
}

namespace {

/// The workloads of a file with this content.
std::vector<fihost::Workload> read_file(const std::string& content) {
  const fihost::TempDir folder;
  fihost::write_text(folder.path() / "w", content);
  return fihost::read_workloads(folder.path() / "w", definition());
}

}  // namespace

TEST_CASE("workload: a file gives the lines of its definition") {
  const auto line = fihost::dump(valid());
  auto other = valid();
  other["definition"] = "other";
  other["workload"] = 3;
  auto second = valid();
  second["workload"]["uuid"] = "u-2";
  const auto workloads =
      read_file("\n" + line + "\r\n  \n" + fihost::dump(other) + "\n" + fihost::dump(second));
  REQUIRE(workloads.size() == 2);
  CHECK(workloads[1].uuid == "u-2");
  CHECK(read_file("").empty());
}

TEST_CASE("workload: every bad line of a file is told") {
  const auto line = fihost::dump(valid());
  const auto read = [](const std::string& text) { static_cast<void>(read_file(text)); };
  CHECK_THROWS_WITH_AS(read(line + "\n" + line), Contains("uuid u-1 is that of line 1"), Error);
  CHECK_THROWS_WITH_AS(read(line + "\n{"), Contains("w:2:"), Error);
  auto bad = valid();
  bad["workload"]["uuid"] = "";
  const auto two = "{\n" + line + "\n" + fihost::dump(bad);
  CHECK_THROWS_WITH_AS(read(two), Contains("w:1:"), Error);
  CHECK_THROWS_WITH_AS(read(two), Contains("w:3:"), Error);
}

TEST_CASE("workload: written and read again it is the same") {
  const auto workload = parse_workload(valid(), definition(), "f");
  const auto json = fihost::to_json(workload);
  CHECK(fihost::dump(json).starts_with(R"({"axes":{"cols":2,"rows":4},"inputs":{"alpha":)"));
  CHECK(json["inputs"]["alpha"]["value"].is_number_float());
  CHECK(json["inputs"]["count"]["value"].is_number_integer());
  CHECK(json["inputs"]["flag"]["value"] == true);
  const Json line = {{"definition", "scale"}, {"workload", json}};
  CHECK(fihost::to_json(parse_workload(line, definition(), "f")) == json);
}
