#include "core/model/task.hpp"

#include <doctest/doctest.h>
#include <fihost/tensor.h>

#include <cstdlib>
#include <string>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/model/safetensors.hpp"

namespace fs = std::filesystem;
using doctest::Contains;
using fihost::Error;
using fihost::find_task;
using fihost::Json;
using fihost::write_text;

namespace {

const fs::path fixtures = FIHOST_FIXTURES;

Json definition(const std::string& name) {
  return {{"name", name},
          {"op_type", "test"},
          {"axes", {{"n", {{"type", "var"}}}}},
          {"inputs", {{"x", {{"shape", {"n"}}, {"dtype", "float32"}}}}},
          {"outputs", {{"y", {{"shape", {"n"}}, {"dtype", "float32"}}}}},
          {"reference", "def run(x):\n  return x\n"}};
}

std::string line(const std::string& name, const std::string& uuid) {
  return fihost::dump(Json{
             {"definition", name},
             {"workload", {{"uuid", uuid}, {"axes", {{"n", 3}}}, {"inputs", Json::object()}}}}) +
         "\n";
}

/// A task folder called `folder`.
void write_task(const fs::path& folder, const Json& json) {
  write_text(folder / "definition.json", fihost::dump(json));
  write_text(folder / "workloads.jsonl", line(json["name"], "own-1"));
}

std::string message_of(const std::string& name, const std::optional<fs::path>& dataset,
                       const std::vector<fs::path>& folders) {
  try {
    static_cast<void>(find_task(name, dataset, folders, "/cache"));
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("task: a FlashInfer Trace dataset is read") {
  const auto task = find_task("rowscale_h64", fixtures, {}, "/cache");
  REQUIRE(task.workloads.size() == 2);
  CHECK(task.workloads[1].axes.at("rows") == 257);
  CHECK(task.root == fixtures);
  CHECK(task.folder.empty());
  CHECK_FALSE(task.builtin_data);
  CHECK_FALSE(fihost::trusted_source(task, "reference", FIHOST_CPU));
  for (const auto& workload : task.workloads) {
    const auto& input = std::get<fihost::SafetensorsInput>(workload.inputs.at("row_weight"));
    const fihost::SafetensorsFile file(fihost::blob_path(task, input));
    CHECK(file.at(input.tensor_key).shape[0] == workload.axes.at("rows"));
  }
}

TEST_CASE("task: a folder is read and its data live in the cache") {
  const fihost::TempDir dir;
  const auto folder = dir.path() / "folder_name";
  write_task(folder, definition("own"));
  write_text(folder / "reference.cpp", "");
  write_text(folder / "reference.cu", "");
  write_text(folder / "generator.cpp", "");
  const auto task = find_task("own", std::nullopt, {"/nowhere", dir.path()}, "/cache");
  CHECK(task.definition.name == "own");
  CHECK(task.workloads.size() == 1);
  CHECK(task.folder == folder);
  CHECK(task.root == "/cache/tasks/own");
  CHECK(task.builtin_data);
  CHECK(fihost::trusted_source(task, "reference", FIHOST_CPU) == folder / "reference.cpp");
  CHECK(fihost::trusted_source(task, "reference", FIHOST_CUDA) == folder / "reference.cu");
  CHECK(fihost::trusted_source(task, "generator", FIHOST_CPU) == folder / "generator.cpp");
  CHECK_FALSE(fihost::trusted_source(task, "generator", FIHOST_CUDA));
  // The path may name the task folder itself.
  CHECK(find_task("own", std::nullopt, {folder}, "/cache").folder == folder);
}

TEST_CASE("task: blob paths are relative to the root unless absolute") {
  fihost::Task task;
  task.root = "/data";
  CHECK(fihost::blob_path(task, {"./blob/a", "k"}) == "/data/blob/a");
  CHECK(fihost::blob_path(task, {"/else/a", "k"}) == "/else/a");
}

TEST_CASE("task: a dataset takes tolerance and trusted objects from the task folder") {
  const fihost::TempDir dir;
  auto json = fihost::read_json(fixtures / "definitions/rowscale/rowscale_h64.json");
  json["fihost"]["tolerance"] = {{"atol", 1.0}, {"rtol", 0.25}};
  write_text(dir.path() / "rowscale_h64" / "definition.json", fihost::dump(json));
  write_text(dir.path() / "rowscale_h64" / "reference.cpp", "");
  const auto task = find_task("rowscale_h64", fixtures, {dir.path()}, "/cache");
  CHECK(task.workloads.size() == 2);
  CHECK(task.definition.tolerance.rtol == 0.25);
  CHECK(task.folder == dir.path() / "rowscale_h64");
  CHECK(task.root == fixtures);
  CHECK(fihost::trusted_source(task, "reference", FIHOST_CPU));

  json["fihost"]["tolerance"]["rtol"] = -1;
  write_text(dir.path() / "rowscale_h64" / "definition.json", fihost::dump(json));
  CHECK(holds(message_of("rowscale_h64", fixtures, {dir.path()}), "fihost.tolerance.rtol"));
}

TEST_CASE("task: what is not found is told with what there is") {
  const fihost::TempDir dir;
  write_task(dir.path() / "b", definition("b"));
  write_task(dir.path() / "a", definition("a"));
  const auto message = message_of("c", std::nullopt, {dir.path()});
  CHECK(holds(message, "no usable definition c in " + dir.path().string()));
  CHECK(holds(message, "there are: a, b"));
  CHECK(holds(message_of("c", std::nullopt, {}), "task path, which is empty"));
  CHECK(holds(message_of("c", fixtures, {}), "there are: rowscale_h64"));
  CHECK(holds(message_of("c", dir.path(), {}), "not a dataset"));
}

TEST_CASE("task: malformed files of others do not get in the way") {
  const fihost::TempDir dir;
  const auto& root = dir.path();
  write_text(root / "definitions/op/a_broken.json", "{");
  write_text(root / "definitions/op/b_half.json", R"({"name":"half"})");
  write_text(root / "definitions/deep/er/good.json", fihost::dump(definition("good")));
  write_text(root / "workloads/op/a_broken.jsonl", "{\n");
  write_text(root / "workloads/op/mixed.jsonl", line("half", "u") + line("good", "u-1"));
  write_text(root / "workloads/good.jsonl", line("good", "u-2"));
  const auto task = find_task("good", root, {}, "/cache");
  REQUIRE(task.workloads.size() == 2);
  CHECK(task.workloads[0].uuid == "u-2");  // sorted paths
  CHECK(holds(message_of("half", root, {}), "b_half.json: not a valid definition"));
  CHECK(holds(message_of("none", root, {}), "a_broken.json:1: not valid JSON"));
  CHECK(holds(message_of("none", root, {}), "there are: good, half"));

  write_text(root / "workloads/op/z.jsonl", line("good", "u-3") + "{\n");
  CHECK(holds(message_of("good", root, {}), "z.jsonl:2:"));
  write_text(root / "workloads/op/z.jsonl", line("good", "u-1"));
  CHECK(holds(message_of("good", root, {}), "uuid u-1 is also in another file"));
}

TEST_CASE("task: one name twice in a dataset is an error") {
  const fihost::TempDir dir;
  write_text(dir.path() / "definitions/a.json", fihost::dump(definition("a")));
  write_text(dir.path() / "definitions/b.json", fihost::dump(definition("a")));
  const auto message = message_of("a", dir.path(), {});
  CHECK(holds(message, "a.json"));
  CHECK(holds(message, "b.json"));
}

TEST_CASE("task: a name that is no file name cannot become a cache folder") {
  const fihost::TempDir dir;
  for (const auto* name : {"../evil", "..", "a/b"}) {
    write_task(dir.path() / "t", definition(name));
    CHECK_THROWS_WITH_AS(static_cast<void>(fihost::load_task(dir.path() / "t", "/cache")),
                         Contains("plain file name"), Error);
  }
}

TEST_CASE("task: the folder of a candidate is told by its definition") {
  const fihost::TempDir dir;
  write_task(dir.path() / "t", definition("t"));
  write_text(dir.path() / "t" / "fast.cu", "");
  CHECK(fihost::task_folder_of(dir.path() / "t") == dir.path() / "t");
  CHECK(fihost::task_folder_of(dir.path() / "t" / "fast.cu") == dir.path() / "t");
  CHECK_FALSE(fihost::task_folder_of(dir.path()));
  CHECK_FALSE(fihost::task_folder_of("/nowhere/fast.cu"));
}

TEST_CASE("task: the path is the environment's, then the installation's") {
  ::setenv("FIHOST_TASK_PATH", "/a::/b:", 1);
  const auto path = fihost::task_path("/usr/local");
  ::unsetenv("FIHOST_TASK_PATH");
  CHECK(path == std::vector<fs::path>{"/a", "/b", "/usr/local/share/fihost/candidates"});
  CHECK(fihost::task_path("/p").size() == 1);
}
