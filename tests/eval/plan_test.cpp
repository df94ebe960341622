#include "core/eval/plan.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
using fihost::FoundFile;
using fihost::Inspection;
using fihost::Plan;
using fihost::PlanRequest;
using fihost::Status;

/// A folder of two tasks, "one" and "two", and what was found in it.
class Scene {
 public:
  Scene() {
    for (const char* task : {"one", "two"}) {
      fihost::write_text(root_.path() / task / "definition.json",
                         std::string(R"({"name": ")") + task + R"("})");
    }
  }
  Scene& source(const std::string& task, const std::string& file, bool given = false) {
    FoundFile found;
    found.path = root_.path() / task / file;
    found.given = given;
    found.source = true;
    if (!task.empty()) found.task = root_.path() / task;
    return add(found, std::nullopt);
  }
  Scene& object(const std::string& file, const std::string& definition, bool given = false,
                const std::string& role = "candidate", const std::string& device = "cpu") {
    FoundFile found;
    found.path = root_.path() / file;
    found.given = given;
    Inspection inspection;
    inspection.descriptor = fihost::Descriptor{.name = "x",
                                               .definition = definition,
                                               .arch = {},
                                               .role = role,
                                               .device_type = device,
                                               .flags = 0};
    return add(found, inspection);
  }
  Scene& tvm_ffi_object(const std::string& file, bool given = false) {
    object(file, "", given, "candidate", "any");
    request_.inspections.back()->tvm_ffi = {.function = "run", .runtime = "/x/libtvm_ffi.so"};
    return *this;
  }
  Scene& solution(const std::string& file, const std::string& name, const std::string& definition) {
    source("", file, true);
    request_.files.back().solution.emplace();
    request_.files.back().solution->name = name;
    request_.files.back().solution->definition = definition;
    return *this;
  }
  Scene& broken(const std::string& file) {
    FoundFile found;
    found.path = root_.path() / file;
    found.given = true;
    Inspection inspection;
    inspection.rejection = fihost::Rejection{Status::compile_error, "not an ELF file"};
    return add(found, inspection);
  }
  std::vector<Plan> plans(std::optional<std::string> definition = {}) {
    request_.definition = std::move(definition);
    return fihost::make_plans(request_);
  }

 private:
  Scene& add(const FoundFile& file, const std::optional<Inspection>& inspection) {
    request_.files.push_back(file);
    request_.inspections.push_back(inspection);
    return *this;
  }
  fihost::TempDir root_;
  PlanRequest request_;
};

/// "one: a b! two: c", "!" for a rejected candidate.
std::string text(const std::vector<Plan>& plans) {
  std::string out;
  for (const auto& plan : plans) {
    out += plan.definition + ":";
    for (const auto& c : plan.candidates) out += " " + c.name + (c.rejection ? "!" : "");
    out += " ";
  }
  return out;
}

}  // namespace

TEST_CASE("a source belongs to its task folder, an object to its descriptor") {
  Scene scene;
  scene.source("one", "a.cpp").object("b.so", "two").source("two", "c.cpp").object("d.so", "one");
  const auto plans = scene.plans();
  CHECK(text(plans) == "one: a d two: b c ");
  CHECK(plans[0].task.has_value());
}

TEST_CASE("--definition filters what was found in folders") {
  Scene scene;
  scene.source("one", "a.cpp").source("two", "b.cpp").object("c.so", "one").object("d.so", "two");
  CHECK(text(scene.plans("two")) == "two: b d ");
}

TEST_CASE("--definition tells what a loose source implements") {
  CHECK(text(Scene().source("", "a.cpp", true).plans("one")) == "one: a ");
}

TEST_CASE("a named source of unknown definition is a usage error") {
  try {
    static_cast<void>(Scene().source("", "a.cpp", true).plans());
    FAIL("no error");
  } catch (const fihost::Error& e) {
    CHECK(e.fault() == fihost::Fault::usage);
    CHECK(std::string(e.what()).find("--definition") != std::string::npos);
  }
}

TEST_CASE("objects of another role, device or definition are failures when they were named") {
  Scene scene;
  scene.object("a.so", "one", true)
      .object("b.so", "one", true, "reference")
      .object("c.so", "one", true, "candidate", "cuda")
      .object("d.so", "two", true);
  const auto plans = scene.plans("one");
  REQUIRE(text(plans) == "one: a b! c! d! ");
  CHECK(plans[0].candidates[1].rejection->reason == "its role is reference, wanted candidate");
  CHECK(plans[0].candidates[2].rejection->reason ==
        "it is built for cuda, and the device is cpu; give --device cuda");
  CHECK(plans[0].candidates[3].rejection->reason == "it implements two, wanted one");
}

TEST_CASE("the same are passed over when they were only found") {
  Scene scene;
  scene.object("a.so", "one")
      .object("b.so", "one", false, "generator")
      .object("c.so", "one", false, "candidate", "cuda")
      .object("d.so", "two");
  CHECK(text(scene.plans("one")) == "one: a ");
}

TEST_CASE("a file of unknown definition joins the only one there is") {
  CHECK(text(Scene().broken("x.so").object("a.so", "one").plans()) == "one: a x! ");
  CHECK(text(Scene().broken("x.so").plans()) == ": x! ");
  CHECK(text(Scene().broken("x.so").object("a.so", "one").object("b.so", "two").plans()) ==
        ": x! one: a two: b ");
}

TEST_CASE("equal names are told apart by their folders") {
  Scene scene;
  scene.object("p/a.so", "one").object("q/a.so", "one").object("q/b.so", "one");
  CHECK(text(scene.plans()) == "one: p/a q/a b ");
}

TEST_CASE("a source and its object beside it are told apart by their suffixes") {
  CHECK(text(Scene().source("one", "a.cpp").object("one/a.so", "one").plans()) ==
        "one: a.cpp a.so ");
}

TEST_CASE("a TVM-FFI object belongs where a source would") {
  const auto plans = Scene().tvm_ffi_object("x/a.so", true).plans("one");
  REQUIRE(text(plans) == "one: a ");
  CHECK(plans[0].candidates[0].tvm_ffi->function == "run");
  CHECK_THROWS_AS(static_cast<void>(Scene().tvm_ffi_object("x/a.so", true).plans()), fihost::Error);
  CHECK(text(Scene().tvm_ffi_object("x/a.so").object("b.so", "one").plans()) == "one: b ");
}

TEST_CASE("a solution says its name and its definition itself") {
  Scene scene;
  scene.solution("solution.json", "fast", "one").solution("x/solution.json", "slow", "two");
  CHECK(text(scene.plans()) == "one: fast two: slow ");
  const auto plans = scene.plans("one");
  REQUIRE(text(plans) == "one: fast slow! ");
  CHECK(plans[0].candidates[1].rejection->reason == "it implements two, wanted one");
}

TEST_CASE("nothing to rank is a usage error") {
  CHECK_THROWS_AS(static_cast<void>(Scene().plans()), fihost::Error);
}
