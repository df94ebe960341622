#include <doctest/doctest.h>

#include <filesystem>

#include "tests/cli/fihost_program.hpp"

using fihost::Json;
using fihost::parse_json;

namespace {

Json json_of(const FihostProgram& fihost, const std::vector<std::string>& arguments, int code) {
  const auto output = fihost.run(arguments);
  INFO(output.err);
  REQUIRE(output.exit.code == code);
  return parse_json(output.out, "stdout");
}

}  // namespace

TEST_CASE("a dataset is made, checked and described") {
  const FihostProgram fihost;
  const auto root = (fihost.folder() / "data").string();
  const auto made = json_of(fihost, {"dataset", "init", root, "rmsnorm_h7168", "--json"}, 0);
  CHECK(made["added"].size() == 2);
  const auto report = json_of(fihost, {"dataset", "check", root, "--json"}, 0);
  CHECK(report["definitions"]["rmsnorm_h7168"]["workload"]["status"] == "passed");
  const auto info = json_of(fihost, {"dataset", "info", root, "--json"}, 0);
  CHECK(info["definitions"][0]["workloads"] == 14);
  CHECK(fihost.run({"dataset", "init", root, "rmsnorm_h7168"}).exit.code == 3);
}

TEST_CASE("what is wrong in a dataset is an exit code, and strict stops at it") {
  const FihostProgram fihost;
  const auto root = fihost.folder() / "data";
  REQUIRE(fihost.run({"dataset", "init", root.string()}).exit.code == 0);
  fihost::write_text(root / "definitions/x/bad.json", "{\n\"name\": }");
  const auto check = fihost.run({"dataset", "check", root.string()});
  CHECK(check.exit.code == 1);
  CHECK(check.out.find("bad.json:2: not valid JSON") != std::string::npos);
  CHECK(fihost.run({"dataset", "check", "--strict", root.string()}).exit.code == 3);
  const auto info = fihost.run({"dataset", "info", root.string()});
  CHECK(info.exit.code == 1);
  CHECK(info.err.find("bad.json:2") != std::string::npos);
}

TEST_CASE("a report of traces needs traces") {
  const FihostProgram fihost;
  const auto root = (fihost.folder() / "data").string();
  REQUIRE(fihost.run({"dataset", "init", root}).exit.code == 0);
  CHECK(json_of(fihost, {"report", "summary", root, "--json"}, 1)["traces"] == 0);
  CHECK(fihost.run({"report", "best", root}).exit.code == 1);
  CHECK(fihost.run({"report", "best", "/no/such/folder"}).exit.code == 3);
  CHECK(fihost.run({"report", "summary", root, "--p", "fast"}).exit.code == 2);
}

TEST_CASE("the cache is described by part, and cleared by name only") {
  const FihostProgram fihost;
  const auto info = json_of(fihost, {"cache", "info", "--json"}, 0);
  CHECK(info["parts"].size() == 4);
  CHECK(fihost.run({"cache", "clear"}).exit.code == 2);
  CHECK(fihost.run({"cache", "clear", "everything"}).exit.code == 2);
  CHECK(json_of(fihost, {"cache", "clear", "results", "--json"}, 0)["cleared"].size() == 1);
}

TEST_CASE("actions that do not exist are refused with those that do") {
  const FihostProgram fihost;
  for (const auto& [command, word] : {std::pair<std::string, std::string>{"dataset", "check"},
                                      {"report", "summary"},
                                      {"cache", "clear"}}) {
    CAPTURE(command);
    const auto output = fihost.run({command, "frobnicate", "x"});
    CHECK(output.exit.code == 2);
    CHECK(output.err.find(word) != std::string::npos);
  }
}
