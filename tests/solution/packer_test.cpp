#include "core/solution/packer.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/solution/trial_compile.hpp"

using doctest::Contains;
using fihost::Json;

namespace {

namespace fs = std::filesystem;

Json definition_json() {
  return Json::parse(R"({
    "name": "scale", "op_type": "scale",
    "axes": {"rows": {"type": "var"}, "hidden": {"type": "const", "value": 64}},
    "inputs": {"x": {"shape": ["rows", "hidden"], "dtype": "bfloat16"},
               "alpha": {"shape": null, "dtype": "float32"},
               "class": {"shape": null, "dtype": "int32"}},
    "outputs": {"y": {"shape": ["rows", "hidden"], "dtype": "bfloat16"}},
    "reference": "def run(x, alpha):\n    return x\n"})");
}

constexpr const char* candidate =
    "#include <fihost/candidate.hpp>\n#include \"part/inner.cuh\"\nfihost_candidate_v1\n";

/// A folder with a candidate, and what packing it gives.
class Scene {
 public:
  fs::path write(const std::string& name, const std::string& text) const {
    fihost::write_text(folder_.path() / name, text);
    return folder_.path() / name;
  }
  fihost::PackedSolution pack(const fs::path& source) const {
    const auto definition = fihost::parse_definition(json, "definition.json");
    return fihost::pack_candidate({.source = source,
                                   .name = "mine",
                                   .author = "me",
                                   .definition = definition,
                                   .workloads = workloads,
                                   .prefix = FIHOST_PREFIX});
  }
  fihost::PackedSolution pack_kit() const { return fihost::pack_folder(folder_.path()); }

  Json json = definition_json();
  std::vector<fihost::Workload> workloads;

 private:
  fihost::TempDir folder_;
};

std::vector<std::string> paths(const fihost::Solution& solution) {
  std::vector<std::string> out;
  for (const auto& source : solution.sources) out.push_back(source.path);
  return out;
}

bool has(const fihost::Solution& solution, const std::string& path) {
  const auto all = paths(solution);
  return std::find(all.begin(), all.end(), path) != all.end();
}

}  // namespace

TEST_CASE("a candidate is packed with what it includes and a binding") {
  const Scene scene;
  scene.write("part/inner.cuh", "#include \"../outer.cuh\"\n");
  scene.write("outer.cuh", "// empty\n");
  const auto packed = scene.pack(scene.write("fast.cu", candidate));
  const auto& solution = packed.solution;
  CHECK(packed.notes.empty());
  CHECK(text(solution.entry_point) == "fihost_binding.cu::run");
  CHECK(solution.target_hardware == std::vector<std::string>{"cuda"});
  CHECK(solution.binding == fihost::SolutionBinding::tvm_ffi);
  CHECK(solution.destination_passing_style);
  for (const auto* path :
       {"fast.cu", "part/inner.cuh", "outer.cuh", "fihost/candidate.h", "fihost/candidate.hpp",
        "fihost/tensor.h", "fihost/abi.h", "fihost/tvm_ffi.hpp", "fihost_binding.cu"}) {
    CAPTURE(path);
    CHECK(has(solution, path));
  }
  CHECK(solution.sources.size() == 9);
  CHECK_NOTHROW(static_cast<void>(fihost::parse_solution(to_json(solution), "packed")));
}

TEST_CASE("the binding takes the definition's inputs, then its outputs") {
  const Scene scene;
  const auto& binding =
      scene.pack(scene.write("fast.cu", "fihost_candidate_v1")).solution.sources.back().content;
  CHECK(binding.find("call_candidate(tvm::ffi::TensorView a0, double a1, std::int64_t a2, "
                     "tvm::ffi::TensorView a3)") != std::string::npos);
  CHECK(binding.find(R"(call.input("x", a0, {4, 16, 1}, {-1, 64});)") != std::string::npos);
  CHECK(binding.find("call.scalar({2, 32, 1}, static_cast<float>(a1));") != std::string::npos);
  CHECK(binding.find("call.scalar({0, 32, 1}, static_cast<std::int32_t>(a2));") !=
        std::string::npos);
  CHECK(binding.find(R"(call.output("y", a3, {4, 16, 1}, {-1, 64});)") != std::string::npos);
}

TEST_CASE("line ends become LF") {
  const Scene scene;
  const auto packed = scene.pack(scene.write("fast.cu", "a\r\nfihost_candidate_v1\rb\n"));
  CHECK(packed.solution.sources.front().content == "a\nfihost_candidate_v1\nb\n");
}

TEST_CASE("a workload that TVM-FFI would refuse is noted") {
  Scene scene;
  scene.workloads.resize(1);
  scene.workloads[0].uuid = "u1";
  scene.workloads[0].inputs["alpha"] = fihost::ScalarInput{std::int64_t{1}};
  const auto source = scene.write("fast.cu", "fihost_candidate_v1");
  CHECK(scene.pack(source).notes.empty());
  scene.workloads[0].inputs["class"] = fihost::ScalarInput{1.0};
  const auto notes = scene.pack(source).notes;
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("workload u1 gives the int32 scalar class") == 0);
}

TEST_CASE("what cannot be packed says why") {
  Scene scene;
  const auto source = scene.write("in/fast.cu", "#include \"../x.h\"\nfihost_candidate_v1");
  scene.write("x.h", "x");
  CHECK_THROWS_WITH_AS(scene.pack(source), Contains("lies outside"), fihost::Error);
  scene.write("in/fast.cu", "#include \"other.cu\"\nfihost_candidate_v1");
  scene.write("in/other.cu", "x");
  CHECK_THROWS_WITH_AS(scene.pack(source), Contains("rename it to .cuh"), fihost::Error);
  scene.write("in/fast.cu", "int main() {}");
  CHECK_THROWS_WITH_AS(scene.pack(source), Contains("defines no fihost_candidate_v1"),
                       fihost::Error);
  scene.write("in/fast.cu", "fihost_candidate_v1 \xff");
  CHECK_THROWS_WITH_AS(scene.pack(source), Contains("not UTF-8"), fihost::Error);
  scene.write("in/fast.cu", "fihost_candidate_v1");
  scene.json["inputs"]["alpha"]["dtype"] = "float8_e4m3fn";
  CHECK_THROWS_WITH_AS(scene.pack(source), Contains("scalar input \"alpha\""), fihost::Error);
}

TEST_CASE("a starter kit's bare entry point is repaired, and that is said") {
  const auto packed = fihost::pack_folder(FIHOST_SOURCES "/starter_kit");
  CHECK(text(packed.solution.entry_point) == "kernel.cu::run");
  CHECK(paths(packed.solution) == std::vector<std::string>{"kernel.cu", "launch.cuh"});
  CHECK(!packed.solution.binding);
  REQUIRE(packed.notes.size() == 1);
  CHECK(packed.notes[0].find("config.toml:9: entry_point \"kernel\" is taken for "
                             "\"kernel.cu::run\"") != std::string::npos);
  CHECK(fihost::pack_folder(FIHOST_SOURCES "/starter_kit/config.toml").solution.sources.size() ==
        2);
}

TEST_CASE("an entry point that could be several is refused with its line") {
  const Scene scene;
  const std::string head =
      "[solution]\nname='n'\ndefinition='d'\nauthor='a'\n[build]\nlanguage='cuda'\n";
  scene.write("config.toml", head + "entry_point='kernel'\n");
  scene.write("kernel.cu",
              "TVM_FFI_DLL_EXPORT_TYPED_FUNC(f, a);\nTVM_FFI_DLL_EXPORT_TYPED_FUNC(g, b);\n");
  CHECK_THROWS_WITH_AS(scene.pack_kit(),
                       Contains("config.toml:7: entry_point \"kernel\" must read FILE::SYMBOL; it "
                                "could be kernel.cu::f or kernel.cu::g"),
                       fihost::Error);
  scene.write("config.toml", head + "entry_point='g'\n");
  CHECK(text(scene.pack_kit().solution.entry_point) == "kernel.cu::g");
  scene.write("kernel.cu", "TVM_FFI_DLL_EXPORT_TYPED_FUNC(only, a);\n");
  CHECK(text(scene.pack_kit().solution.entry_point) == "kernel.cu::only");
  scene.write("kernel.cu", "int x;");
  CHECK_THROWS_WITH_AS(scene.pack_kit(), Contains("no source exports a function"), fihost::Error);
  scene.write("config.toml", head + "entry_point='kernel.cu::f'\nsources=['../x.cu']\n");
  CHECK_THROWS_WITH_AS(scene.pack_kit(), Contains("without \"..\""), fihost::Error);
}

TEST_CASE("a Python solution's entry point is repaired by its functions") {
  const Scene scene;
  scene.write("config.toml",
              "[solution]\nname='n'\ndefinition='d'\nauthor='a'\n[build]\nlanguage='triton'\n"
              "entry_point='kernel'\n");
  scene.write("solution/triton/a.py", "import triton\n\ndef kernel(x):\n    pass\n");
  CHECK(text(scene.pack_kit().solution.entry_point) == "a.py::kernel");
}

TEST_CASE("instructions of one architecture are found in the sources") {
  fihost::Solution solution;
  solution.sources = {{"a.cu", "asm(\"wgmma.mma_async.sync\"); // setmaxnreg"}};
  CHECK(fihost::arch_specific_instructions(solution) == std::vector<std::string>{"wgmma"});
}
