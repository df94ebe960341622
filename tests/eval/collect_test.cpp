#include "core/eval/collect.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;

fihost::DeviceInfo device(const char* type) {
  fihost::DeviceInfo info;
  info.type = type;
  return info;
}

/// A task folder with everything that may lie in one.
void fill(const fs::path& root) {
  for (const char* file :
       {"definition.json", "workloads.jsonl", "reference.cpp", "reference.cu", "generator.cpp",
        "checker.cu", "a.cpp", "b.cu", "c.so", "sub/d.cpp", ".hidden/e.cpp", "reference.cpu.so"}) {
    fihost::write_text(root / "task" / file, "{}");
  }
  fihost::write_text(root / "loose.cpp", "");
}

std::string names(const std::vector<fihost::FoundFile>& files) {
  std::string text;
  for (const auto& file : files) text += file.path.filename().string() + " ";
  return text;
}

}  // namespace

TEST_CASE("a folder gives objects and the sources for the device, trusted ones left out") {
  const fihost::TempDir root;
  fill(root.path());
  CHECK(names(fihost::collect({root.path() / "task"}, device("cpu"))) == "a.cpp c.so d.cpp ");
  CHECK(names(fihost::collect({root.path() / "task"}, device("cuda"))) == "b.cu c.so ");
}

TEST_CASE("a file knows its task folder, also from below") {
  const fihost::TempDir root;
  fill(root.path());
  const auto files = fihost::collect({root.path()}, device("cpu"));
  REQUIRE(names(files) == "loose.cpp a.cpp c.so d.cpp ");
  CHECK_FALSE(files[0].task);
  CHECK(files[1].task == root.path() / "task");
  CHECK(files[3].task == root.path() / "task");
  CHECK(files[1].source);
  CHECK_FALSE(files[2].source);
}

TEST_CASE("a file that is named is kept, with the reason when it is of no use") {
  const fihost::TempDir root;
  fill(root.path());
  const auto task = root.path() / "task";
  const auto files = fihost::collect(
      {task / "b.cu", task / "reference.cpp", task / "definition.json"}, device("cpu"));
  REQUIRE(files.size() == 3);
  CHECK(files[0].given);
  REQUIRE(files[0].rejection);
  CHECK(files[0].rejection->reason.find("needs a CUDA device") != std::string::npos);
  CHECK_FALSE(files[1].rejection);
  REQUIRE(files[2].rejection);
  CHECK(files[2].rejection->reason.find("not a valid solution: 5 violations; \"name\" must be") !=
        std::string::npos);
}

TEST_CASE("a file is there once however often it is named, but two links are two candidates") {
  const fihost::TempDir root;
  fill(root.path());
  const auto task = root.path() / "task";
  fs::create_symlink(task / "c.so", root.path() / "link.so");
  CHECK(names(fihost::collect({task / "c.so", task, task / "sub" / ".." / "a.cpp"},
                              device("cpu"))) == "c.so a.cpp d.cpp ");
  CHECK(names(fihost::collect({task / "c.so", root.path() / "link.so"}, device("cpu"))) ==
        "c.so link.so ");
}

TEST_CASE("a path that does not exist is a usage error") {
  try {
    static_cast<void>(fihost::collect({"/no/such/thing.so"}, device("cpu")));
    FAIL("no error");
  } catch (const fihost::Error& e) {
    CHECK(e.fault() == fihost::Fault::usage);
    CHECK(std::string(e.what()) == "/no/such/thing.so: there is no such file or folder");
  }
}

TEST_CASE("a solution that is named is a candidate where it can be built and run") {
  const fihost::TempDir root;
  auto solution = fihost::Json::parse(R"({
    "name": "mine", "definition": "scale", "author": "me",
    "spec": {"language": "cpp", "target_hardware": ["cpu"], "entry_point": "a.cpp::run"},
    "sources": [{"path": "a.cpp", "content": "x"}]})");
  const auto collected = [&](const char* on) {
    fihost::write_text(root.path() / "a.json", fihost::dump(solution));
    return fihost::collect({root.path() / "a.json"}, device(on)).at(0);
  };
  const auto file = collected("cpu");
  CHECK(file.source);
  CHECK_FALSE(file.rejection);
  REQUIRE(file.solution);
  CHECK(file.solution->name == "mine");
  CHECK(collected("cuda").rejection->reason.find("give --device cpu") != std::string::npos);
  solution["spec"]["binding"] = "torch";
  CHECK(collected("cpu").rejection->reason.find("unsupported binding torch") == 0);
  solution["spec"].erase("binding");
  solution["spec"]["destination_passing_style"] = false;
  CHECK(collected("cpu").rejection->reason.find("returns its outputs") != std::string::npos);
  solution["spec"]["language"] = "triton";
  CHECK(collected("cpu").rejection->reason.find("unsupported language triton") == 0);
  CHECK(fihost::collect({root.path()}, device("cpu")).empty());
}
