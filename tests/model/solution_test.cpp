#include "core/model/solution.hpp"

#include <doctest/doctest.h>

#include <string>

#include "core/base/error.hpp"

using doctest::Contains;
using fihost::Error;
using fihost::Json;
using fihost::parse_solution;

namespace {

Json valid() {
  return Json::parse(R"({
    "name": "mine", "definition": "scale", "author": "me",
    "spec": {"language": "cuda", "target_hardware": ["cuda"], "entry_point": "a.cu::run"},
    "sources": [{"path": "a.cu", "content": "x"}, {"path": "sub/b.cuh", "content": "y"}]})");
}

doctest::String message_of(const Json& json) {
  try {
    static_cast<void>(parse_solution(json, "file.json"));
  } catch (const Error& e) {
    return doctest::String(e.what());
  }
  return "";
}

/// What is said of the valid solution after `value` was put at `where`.
doctest::String message_with(const std::string& where, const Json& value) {
  auto json = valid();
  json[Json::json_pointer(where)] = value;
  return message_of(json);
}

}  // namespace

TEST_CASE("the fixture that flashinfer-bench accepts is read in full") {
  const auto solution = parse_solution(
      fihost::read_json(FIHOST_FIXTURES
                        "/solutions/fixture/rowscale/rowscale_h64/fixture_rowscale_tvmffi_v1.json"),
      "fixture");
  CHECK(solution.name == "fixture_rowscale_tvmffi_v1");
  CHECK(solution.definition == "rowscale_h64");
  CHECK(solution.language == fihost::SolutionLanguage::cuda);
  CHECK(solution.entry_point.file == "binding.cu");
  CHECK(solution.entry_point.symbol == "run");
  CHECK(solution.binding == fihost::SolutionBinding::tvm_ffi);
  REQUIRE(solution.sources.size() == 3);
  CHECK(solution.sources[2].path == "rowscale_kernel.cuh");
  // Computed with Python's hashlib over the same parts.
  CHECK(content_hash(solution) == "fb313e9e45b0e3804000a885098ce2f812c84b32");
}

TEST_CASE("what a solution leaves out has the format's defaults and is left out again") {
  const auto solution = parse_solution(valid(), "file.json");
  CHECK(solution.destination_passing_style);
  CHECK(!solution.binding);
  CHECK(!solution.description);
  const auto json = to_json(solution);
  CHECK(!json.contains("description"));
  CHECK(!json["spec"].contains("binding"));
  CHECK(!json["spec"].contains("dependencies"));
  CHECK(content_hash(parse_solution(json, "again")) == content_hash(solution));
}

TEST_CASE("what the format calls lax is taken") {
  CHECK(message_with("/spec/binding", nullptr) == "");
  CHECK(message_with("/description", nullptr) == "");
  CHECK(message_with("/unknown", 3) == "");
  CHECK(message_with("/sources/0/path", "./a.cu") !=
        "");  // the entry names "a.cu", letter for letter
  auto json = valid();
  json["spec"]["destination_passing_style"] = "No";
  CHECK_FALSE(parse_solution(json, "file.json").destination_passing_style);
  json["spec"]["destination_passing_style"] = 1.0;
  CHECK(parse_solution(json, "file.json").destination_passing_style);
}

TEST_CASE("every breach of a rule is said") {
  for (const auto* key : {"/name", "/definition", "/author"}) {
    CAPTURE(key);
    CHECK(message_with(key, "") == Contains("at least one character"));
  }
  CHECK(message_with("/spec", "x") == Contains("\"spec\" must be an object"));
  CHECK(message_with("/spec/language", Json::array({"cuda"})) ==
        Contains("must be one of python, triton, cpp, cuda, tilelang"));
  CHECK(message_with("/spec/language", "CUDA") == Contains("spec.language"));
  CHECK(message_with("/spec/target_hardware", Json::array()) == Contains("at least one string"));
  CHECK(message_with("/spec/entry_point", "kernel") == Contains("FILE::SYMBOL"));
  CHECK(message_with("/spec/entry_point", "a.cu::b::c") == Contains("FILE::SYMBOL"));
  CHECK(message_with("/spec/entry_point", "b.cu::run") == Contains("none of the sources"));
  CHECK(message_with("/spec/dependencies", nullptr) == Contains("list of strings"));
  CHECK(message_with("/spec/destination_passing_style", "maybe") == Contains("true or false"));
  CHECK(message_with("/spec/binding", "tvm_ffi") == Contains("tvm-ffi, torch"));
  CHECK(message_with("/sources", Json::array()) == Contains("at least one source"));
  CHECK(message_with("/sources/1/content", "") == Contains("the source \"sub/b.cuh\""));
  CHECK(message_with("/sources/1/path", "/etc/passwd") == Contains("must be relative"));
  CHECK(message_with("/sources/1/path", "a/../../b") == Contains("without \"..\""));
  CHECK(message_with("/sources/1/path", "a.cu") == Contains("occurs twice"));
  CHECK(message_of(Json::array()) == Contains("it must be an object"));
}

TEST_CASE("all breaches are said at once") {
  auto json = valid();
  json["author"] = 3;
  json["spec"]["language"] = "fortran";
  json["sources"][0]["path"] = "../a.cu";
  CHECK(message_of(json) == Contains("file.json: not a valid solution: 4 violations"));
}

TEST_CASE("a dot-dot inside a name is no way out") {
  CHECK(fihost::is_source_path("a..b/c..cu"));
  CHECK(fihost::is_source_path("./a.cu"));
  CHECK_FALSE(fihost::is_source_path("a/.."));
  CHECK_FALSE(fihost::is_source_path(""));
}

TEST_CASE("name, author and calling style do not change the hash, everything else does") {
  const auto hash = content_hash(parse_solution(valid(), "file.json"));
  const auto hash_with = [](const std::string& where, const Json& value) {
    auto json = valid();
    json[Json::json_pointer(where)] = value;
    return content_hash(parse_solution(json, "file.json"));
  };
  CHECK(hash_with("/name", "other") == hash);
  CHECK(hash_with("/author", "other") == hash);
  CHECK(hash_with("/spec/destination_passing_style", false) == hash);
  CHECK(hash_with("/spec/target_hardware/0", "B200") == hash);
  CHECK(hash_with("/definition", "other") != hash);
  CHECK(hash_with("/spec/language", "cpp") != hash);
  CHECK(hash_with("/spec/entry_point", "a.cu::f") != hash);
  CHECK(hash_with("/spec/binding", "tvm-ffi") != hash);
  CHECK(hash_with("/spec/dependencies", Json::array({"cublas"})) != hash);
  CHECK(hash_with("/sources/1/path", "sub/c.cuh") != hash);
  CHECK(hash_with("/sources/1/content", "z") != hash);
}
