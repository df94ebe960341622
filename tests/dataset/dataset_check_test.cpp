#include "core/dataset/dataset_check.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "core/base/error.hpp"
#include "tests/dataset/example.hpp"

using fihost::check_dataset;
using fihost::dump;
using fihost::Json;
using fihost::Level;
using fihost::write_text;

namespace {

fihost::CheckedReport checked(const ExampleDataset& example) {
  return check_dataset({.root = example.root(), .checks = {}, .definitions = {}, .op_types = {}});
}

bool says(const fihost::CheckedReport& report, const std::string& check, Level level,
          const std::string& part) {
  for (const auto& definition : report.definitions) {
    const auto found = definition.messages.find(check);
    if (found == definition.messages.end()) continue;
    for (const auto& message : found->second) {
      if (message.level == level && message.text.find(part) != std::string::npos) return true;
    }
  }
  return false;
}

/// The workload file with a change at `pointer`.
void spoil(const ExampleDataset& example, const std::string& pointer, const Json& value) {
  auto line = fihost::read_json(example.workloads);
  line[Json::json_pointer(pointer)] = value;
  write_text(example.workloads, dump(line) + "\n");
}

}  // namespace

TEST_CASE("a good dataset has one warning: no baseline") {
  const ExampleDataset example;
  const auto report = checked(example);
  CHECK(report.count(Level::error) == 0);
  CHECK(report.count(Level::warning) == 1);
  CHECK(says(report, "baseline", Level::warning, "baseline"));
  const auto json = to_json(report);
  CHECK(json["definitions"]["scale"]["status"] == "warning");
  CHECK(json["definitions"]["scale"]["workload"]["status"] == "passed");
  CHECK(json["definitions"]["scale"]["benchmark"].is_null());
}

TEST_CASE("files that lie where others do not look are errors") {
  const ExampleDataset example;
  std::filesystem::rename(example.definition, example.root() / "definitions/scale.json");
  std::filesystem::create_directories(example.root() / "solutions/you");
  std::filesystem::rename(example.solution, example.root() / "solutions/you/fast.json");
  const auto report = checked(example);
  CHECK(says(report, "layout", Level::error, "should be definitions/scaling/scale.json"));
  CHECK(says(report, "layout", Level::error, "should be solutions/me/scaling/scale/fast.json"));
}

TEST_CASE("workloads are held against their definition and their blobs") {
  const std::vector<std::tuple<std::string, Json, std::string>> cases = {
      {"/workload/axes/rows", 0, "wanted more than 0"},
      {"/workload/axes/cols", 4, "\"cols\" is constant"},
      {"/workload/axes/depth", 4, "no axis \"depth\""},
      {"/workload/axes/rows", 3, "has the shape [2, 4], wanted [3, 4]"},
      {"/workload/inputs/z", {{"type", "random"}}, "no input \"z\""},
      {"/workload/inputs", Json::object(), "input \"x\" is missing"},
      {"/workload/inputs/x", {{"type", "scalar"}, {"value", 1}}, "is a tensor"},
      {"/workload/inputs/x/tensor_key", "y", "y"},
      {"/workload/inputs/x/path", "blob/none", "blob/none"},
      {"/workload/inputs/x/path", "../../etc/passwd", "lies outside the dataset"},
  };
  for (const auto& [pointer, value, part] : cases) {
    CAPTURE(part);
    const ExampleDataset example;
    spoil(example, pointer, value);
    CHECK(says(checked(example), "workload", Level::error, part));
  }
}

TEST_CASE("a Git LFS pointer is told by name") {
  const ExampleDataset example;
  write_text(example.blob, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
  CHECK(says(checked(example), "workload", Level::error, "git lfs"));
}

TEST_CASE("traces want known solutions and workloads") {
  const ExampleDataset example;
  std::ofstream(example.traces, std::ios::app)
      << dump(to_json(passed_trace("ghost", "u1", 1, 2))) << "\n"
      << dump(to_json(passed_trace("fast", "u9", 1, 2))) << "\n";
  const auto report = checked(example);
  CHECK(says(report, "trace", Level::error, ":2: there is no solution \"ghost\""));
  CHECK(says(report, "trace", Level::error, ":3: there is no workload u9"));
}

TEST_CASE("what only an interpreter sees is found where there is one") {
  const ExampleDataset example;
  auto definition = example_definition();
  definition["reference"] = "def run(x):\n    return 2 *\n";
  definition["constraints"] = {"rows > > 1"};
  write_text(example.definition, dump(definition));
  const auto report = checked(example);
  if (!report.python) return;
  CHECK(says(report, "definition", Level::error, "\"reference\" is no Python"));
  CHECK(says(report, "definition", Level::error, "rows > > 1"));
}

TEST_CASE("two baselines are an error") {
  const ExampleDataset example;
  for (const std::string name : {"b1", "b2"}) {
    write_text(example.root() / "solutions/baseline/scaling/scale" / (name + ".json"),
               dump(example_solution(name, "baseline")));
  }
  CHECK(says(checked(example), "baseline", Level::error, "2 solutions"));
}

TEST_CASE("unreadable files are errors of no definition, and unknown checks are refused") {
  const ExampleDataset example;
  write_text(example.root() / "definitions/bad.json", "{");
  CHECK(checked(example).count(Level::error) == 1);
  CHECK_THROWS_AS(check_dataset({example.root(), {"luck"}, {}, {}}), fihost::Error);
  CHECK_THROWS_AS(check_dataset({example.root(), {}, {"none"}, {}}), fihost::Error);
}
