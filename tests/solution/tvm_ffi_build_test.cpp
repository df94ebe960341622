// Builds against the real TVM-FFI.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"
#include "core/build/object_file.hpp"
#include "core/model/task.hpp"
#include "core/solution/packer.hpp"
#include "core/solution/solution_build.hpp"
#include "core/solution/trial_compile.hpp"
#include "core/solution/tvm_ffi_install.hpp"

namespace {

namespace fs = std::filesystem;
constexpr auto limit = std::chrono::minutes(5);

fihost::BuildResult build(const fihost::Solution& solution, const fs::path& cache) {
  const auto toolchain = fihost::find_toolchain();
  return fihost::build_solution(
      {.solution = solution, .toolchain = toolchain, .cache = cache, .archs = {"sm_90"}}, limit);
}

fihost::Solution packed(const fs::path& source, const fs::path& cache) {
  const auto task = fihost::load_task(source.parent_path(), cache);
  return fihost::pack_candidate({.source = source,
                                 .name = "mine",
                                 .author = "me",
                                 .definition = task.definition,
                                 .workloads = task.workloads,
                                 .prefix = FIHOST_PREFIX})
      .solution;
}

fihost::Solution scale() {
  fihost::Solution solution;
  solution.name = "scale";
  solution.definition = "scale_f32";
  solution.author = "me";
  solution.language = fihost::SolutionLanguage::cpp;
  solution.target_hardware = {"cpu"};
  solution.entry_point = {"scale.cpp", "run"};
  solution.sources = {{"scale.cpp", fihost::read_text(FIHOST_SOURCES "/sources/scale.cpp")}};
  return solution;
}

bool says(const fihost::BuildResult& result, const std::string& file, const std::string& text) {
  return std::any_of(result.diagnostics.begin(), result.diagnostics.end(), [&](const auto& d) {
    return d.file == file && d.message.find(text) != std::string::npos;
  });
}

std::string symbols(const fs::path& object) {
  return fihost::run({.arguments = {"nm", "--dynamic", object.string()},
                      .environment = {},
                      .directory = {},
                      .files = {}},
                     std::chrono::seconds(20))
      .out;
}

}  // namespace

TEST_SUITE_BEGIN("build");

TEST_CASE("the layouts that fihost knows are TVM-FFI's") {
  const auto install = fihost::require_tvm_ffi();
  const auto result = fihost::run(
      {.arguments = {"c++", "-std=c++20", "-fsyntax-only", "-I" + install.include.string(),
                     "-I" + install.dlpack_include.string(), "-I" FIHOST_ROOT,
                     FIHOST_SOURCES "/sources/layout.cpp"},
       .environment = {},
       .directory = {},
       .files = {}},
      limit);
  CAPTURE(result.err);
  CHECK(result.exit.ok());
}

TEST_CASE("a solution is built once, and its complaints name its own files") {
  const fihost::TempDir cache;
  auto solution = scale();
  auto result = build(solution, cache.path());
  CAPTURE(result.log);
  REQUIRE(result.ok);
  const auto object = fihost::inspect_object(result.object);
  CHECK(object.refusal.empty());
  CHECK(object.tvm_ffi_functions == std::vector<std::string>{"run"});
  CHECK(build(solution, cache.path()).cached);

  solution.entry_point.symbol = "other";
  result = build(solution, cache.path());
  CHECK_FALSE(result.ok);
  CHECK(says(result, "scale.cpp", "exports no TVM-FFI function 'other', only run"));
  solution.sources.push_back({"sub/b.cpp", "int x = undeclared;\n"});
  CHECK(says(build(solution, cache.path()), "sub/b.cpp", "undeclared"));
}

TEST_CASE("a packed CUDA candidate compiles with flashinfer-bench's flags") {
  if (!fihost::find_toolchain().nvcc) {
    MESSAGE("there is no nvcc");
    return;
  }
  const fihost::TempDir cache;
  const auto solution =
      packed(FIHOST_ROOT "/candidates/rmsnorm_h7168/block_per_row.cu", cache.path());
  const auto trial =
      fihost::try_compile(solution, fihost::find_toolchain(), cache.path(), "sm_90", limit, {});
  REQUIRE(trial.build);
  CAPTURE(trial.build->log);
  REQUIRE(trial.build->ok);
  CHECK(trial.notes.empty());
  const auto object = fihost::inspect_object(trial.build->object);
  CHECK(object.tvm_ffi_functions == std::vector<std::string>{"run"});
  // What is unique is one for all objects of a process.
  const auto text = symbols(trial.build->object);
  CHECK(text.find(" u _ZZN6fihost") == std::string::npos);
  CHECK(text.find("__tvm_ffi_run") != std::string::npos);
}

TEST_CASE("code for one architecture does not compile for the plain one, and a note says so") {
  if (!fihost::find_toolchain().nvcc) return;
  const fihost::TempDir cache;
  auto solution = scale();
  solution.language = fihost::SolutionLanguage::cuda;
  solution.target_hardware = {"cuda"};
  solution.sources.push_back(
      {"wide.cu", "__global__ void wide() { asm volatile(\"wgmma.fence.sync.aligned;\\n\"); }\n"});
  const auto trial =
      fihost::try_compile(solution, fihost::find_toolchain(), cache.path(), "sm_90", limit, {});
  REQUIRE(trial.build);
  CHECK_FALSE(trial.build->ok);
  REQUIRE(trial.notes.size() == 1);
  CHECK(trial.notes[0].find("it uses wgmma") == 0);
  CHECK(trial.notes[0].find("TVM_FFI_CUDA_ARCH_LIST=\"9.0a\"") != std::string::npos);
}

TEST_CASE("the fixture that flashinfer-bench accepts is built") {
  if (!fihost::find_toolchain().nvcc) return;
  const fihost::TempDir cache;
  const auto path = FIHOST_ROOT
      "/tests/model/fixtures/solutions/fixture/rowscale/rowscale_h64/"
      "fixture_rowscale_tvmffi_v1.json";
  const auto result = build(fihost::parse_solution(fihost::read_json(path), path), cache.path());
  CAPTURE(result.log);
  CHECK(result.ok);
}

TEST_SUITE_END();
