// Solutions and TVM-FFI objects through the built fihost, as a user has them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>

#include "core/base/json.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"

extern char** environ;

namespace {

namespace fs = std::filesystem;
using fihost::Json;

/// The build tree, which may have been moved to the machine that has the GPU, and the sources that it
/// lies in.
fs::path prefix() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }
fs::path root() { return prefix().parent_path().parent_path(); }
fs::path source(const std::string& name) { return root() / "tests/solution/sources" / name; }

/// A folder of solutions, and what fihost makes of them.
class Scene {
 public:
  /// sources/scale.cpp with text in place of its marks.
  std::string solution(const std::string& name, const std::map<std::string, std::string>& edits,
                       const std::map<std::string, Json>& spec = {}) const {
    auto text = fihost::read_text(source("scale.cpp"));
    for (const auto& [mark, with] : edits) {
      const auto at = text.find(mark);
      REQUIRE(at != std::string::npos);
      text.replace(at, mark.size(), with);
    }
    Json json = {{"name", name},
                 {"definition", "scale_f32"},
                 {"author", "me"},
                 {"spec",
                  {{"language", "cpp"},
                   {"target_hardware", Json::array({"cpu"})},
                   {"entry_point", "scale.cpp::run"}}},
                 {"sources", Json::array({{{"path", "scale.cpp"}, {"content", text}}})}};
    for (const auto& [key, value] : spec) json["spec"][key] = value;
    const auto path = folder_.path() / (name + ".json");
    fihost::write_text(path, fihost::dump(json));
    return path.string();
  }

  /// fihost with the test tasks; `without` is the start of a variable to leave out.
  [[nodiscard]] fihost::Output run(std::vector<std::string> arguments,
                                   const std::string& without = "FIB_",
                                   const std::vector<std::string>& with = {}) const {
    arguments.insert(arguments.begin(), (prefix() / "bin/fihost").string());
    std::vector<std::string> environment = with;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string text = *entry;
      if (!text.starts_with(without)) environment.push_back(text);
    }
    environment.emplace_back("FIHOST_TASK_PATH=" FIHOST_ROOT "/tests/end_to_end/tasks:" FIHOST_ROOT
                             "/candidates");
    // Shared between the tests: they build the same solutions.
    environment.push_back(fmt::format("FIHOST_CACHE={}/tests/solution/cache", prefix().string()));
    return fihost::run({.arguments = std::move(arguments),
                        .environment = environment,
                        .directory = folder_.path(),
                        .files = {}},
                       std::chrono::minutes(5));
  }

  /// Rows by name. `arguments` follow "rank --json".
  [[nodiscard]] std::map<std::string, Json> rank(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {"rank", "--json", "--quick", "--device", "cpu", "--seed", "7"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto output = run(all);
    CAPTURE(output.err);
    REQUIRE(output.out.starts_with("{"));
    std::map<std::string, Json> rows;
    const auto document = Json::parse(output.out);
    for (const Json& row : document.at("candidates")) {
      rows[row.at("name").get<std::string>()] = row;
    }
    return rows;
  }
  [[nodiscard]] fs::path folder() const { return folder_.path(); }

 private:
  fihost::TempDir folder_;
};

// TVMFFIFunctionGetGlobal is no name of the stand-in: an object with it needs the real library.
const std::string use_real_library =
    "TVMFFIObjectHandle none = nullptr; TVMFFIByteArray name{\"none\", 4}; "
    "TVMFFIFunctionGetGlobal(&name, &none);";

std::string verdict(const Json& row) { return row.at("verdict").get<std::string>(); }

/// The first trial's log.
std::string log(const Json& row) { return row.at("workloads").at(0).at("log").get<std::string>(); }

Json errors(const Json& row) {
  Json out = Json::array();
  for (const Json& workload : row.at("workloads")) {
    out.push_back(workload.at("max_rel_error"));
    out.push_back(workload.at("max_abs_error"));
  }
  return out;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE_BEGIN("rank");

TEST_CASE("a solution gets equal results through the stand-in and the real library") {
  const Scene scene;
  const auto own = scene.solution("own", {});
  const auto real = scene.solution("real", {{"// [first]", use_real_library}});
  const auto rows = scene.rank({own, real});
  REQUIRE(verdict(rows.at("own")) == "PASSED");
  REQUIRE(verdict(rows.at("real")) == "PASSED");
  CHECK(errors(rows.at("own")) == errors(rows.at("real")));
  const auto runtime = [&](const std::string& file) {
    const auto output =
        scene.run({"load", "--json", "--quick", "--device", "cpu", "--workloads", "rows=1", file});
    return Json::parse(output.out).at("object").at("tvm_ffi").at("runtime").get<std::string>();
  };
  CHECK(runtime(own) == prefix() / "lib/fihost/tvm_ffi/libtvm_ffi.so");
  CHECK(runtime(real) == std::string(std::getenv("FIHOST_TVM_FFI")) + "/lib/libtvm_ffi.so");
}

TEST_CASE("what a solution raises is the log, the same with both runtimes") {
  const Scene scene;
  const std::string raise = "TVM_FFI_THROW(ValueError) << \"rank \" << x.ndim() << \" of mine\";";
  const std::string whole = "int64_t factor,";
  const auto rows = scene.rank(
      {scene.solution("raises", {{"// [first]", raise}}),
       scene.solution("raises_real", {{"// [first]", use_real_library + raise}}),
       scene.solution("whole", {{"double factor,", whole}}),
       scene.solution("whole_real", {{"double factor,", whole}, {"// [first]", use_real_library}}),
       scene.solution("more", {{"double factor,", "double factor, double more,"}}),
       scene.solution("more_real", {{"double factor,", "double factor, double more,"},
                                    {"// [first]", use_real_library}})});
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(verdict(row.second) == "RUNTIME_ERROR");
  }
  CHECK(log(rows.at("raises")) == "run() returned INTERNAL: ValueError: rank 2 of mine");
  CHECK(log(rows.at("raises_real")) == log(rows.at("raises")));
  CHECK(holds(log(rows.at("whole")), "TypeError: Mismatched type on argument #1"));
  CHECK(log(rows.at("whole_real")) == log(rows.at("whole")));
  CHECK(holds(log(rows.at("more")), "Expected 4 but got 3 arguments"));
  CHECK(log(rows.at("more_real")) == log(rows.at("more")));
}

TEST_CASE("wrong numbers, crashes and returned values have the verdicts they have elsewhere") {
  const Scene scene;
  const auto rows = scene.rank(
      {scene.solution("wrong", {{"// [last]", "to[0] += 1000;"}}),
       scene.solution("crashes", {{"// [first]", "*static_cast<volatile int*>(nullptr) = 1;"}}),
       scene.solution("returns", {{"void scale(", "int64_t scale("}, {"// [last]", "return 3;"}}),
       scene.solution("style", {}, {{"destination_passing_style", false}}),
       scene.solution("torch", {}, {{"binding", "torch"}}),
       scene.solution("broken", {{"// [first]", "undeclared();"}})});
  CAPTURE(log(rows.at("broken")));
  CHECK(verdict(rows.at("wrong")) == "INCORRECT_NUMERICAL");
  CHECK(verdict(rows.at("crashes")) == "RUNTIME_ERROR");
  CHECK(holds(log(rows.at("crashes")), "signal 11"));
  CHECK(verdict(rows.at("returns")) == "RUNTIME_ERROR");
  CHECK(holds(log(rows.at("returns")), "it returned a value"));
  for (const auto* name : {"style", "torch", "broken"}) {
    CAPTURE(name);
    CHECK(verdict(rows.at(name)) == "COMPILE_ERROR");
  }
  CHECK(holds(log(rows.at("torch")), "unsupported binding torch"));
  CHECK(holds(log(rows.at("broken")), "scale.cpp:8: error: 'undeclared'"));
}

TEST_CASE("a TVM-FFI object is loaded with --definition, one of several functions with --entry") {
  const Scene scene;
  const auto json = scene.solution(
      "two",
      {{"void scale(",
        "void nothing() {}\nTVM_FFI_DLL_EXPORT_TYPED_FUNC(nothing, nothing);\nvoid scale("}});
  const auto built = scene.run({"load", "--json", "--quick", "--device", "cpu", json});
  const auto object = Json::parse(built.out).at("object").at("path").get<std::string>();
  const auto so = (scene.folder() / "two.so").string();
  fs::copy_file(object, so);
  const std::vector<std::string> common = {"load", "--quick", "--device", "cpu", so};
  const auto load = [&](const std::vector<std::string>& more) {
    auto all = common;
    all.insert(all.end(), more.begin(), more.end());
    return scene.run(all);
  };
  CHECK(load({"--entry", "run"}).exit.code == 2);
  CHECK(holds(load({"--entry", "run"}).err, "--definition NAME"));
  CHECK(load({"--definition", "scale_f32", "--entry", "run"}).exit.code == 0);
  const auto unclear = load({"--definition", "scale_f32"});
  CAPTURE(unclear.out);
  CHECK(unclear.exit.code == 1);
  CHECK(holds(unclear.out, "several TVM-FFI functions (nothing, run); name one with --entry"));
  const auto wrong = load({"--definition", "scale_f32", "--entry", "nothing"});
  CHECK(holds(wrong.out, "Expected 0 but got 3 arguments"));
}

TEST_CASE("without TVM-FFI a solution is not built, and the reason says what to install") {
  const Scene scene;
  const auto output =
      scene.run({"rank", "--json", "--quick", "--device", "cpu",
                 scene.solution("fresh", {{"// [last]", "// built nowhere before"}})},
                "FIHOST_TVM_FFI", {"PATH=/usr/bin:/bin"});
  const auto row = Json::parse(output.out).at("candidates").at(0);
  CHECK(verdict(row) == "COMPILE_ERROR");
  CHECK(holds(log(row), "pip install apache-tvm-ffi"));
}

TEST_CASE("a packed candidate keeps its workspace, its state and its errors") {
  const Scene scene;
  auto text = fihost::read_text(source("thrifty.cpp"));
  fihost::write_text(scene.folder() / "thrifty.cpp", text);
  const std::string mark = "/* refused rows */ 0";
  text.replace(text.find(mark), mark.size(), "33");
  fihost::write_text(scene.folder() / "picky.cpp", text);
  for (const std::string name : {"thrifty", "picky"}) {
    const auto packed =
        scene.run({"pack", name + ".cpp", "-o", name + ".json", "--definition", "scale_f32"});
    CAPTURE(packed.err);
    CHECK(packed.exit.ok());
    CHECK(holds(packed.out, ", compiles"));
  }
  const auto rows = scene.rank({"thrifty.json", "picky.json"});
  CHECK(verdict(rows.at("thrifty")) == "PASSED");
  CHECK(verdict(rows.at("picky")) == "RUNTIME_ERROR");
  CHECK(rows.at("picky").at("workloads").at(1).at("log") ==
        "run() returned INTERNAL: RuntimeError: scale-thrifty: run returned status 2: not these "
        "rows");
}

TEST_CASE("a candidate that needs C++20 is packed with exit code 1 and the reason") {
  const Scene scene;
  auto text = fihost::read_text(source("thrifty.cpp"));
  fihost::write_text(scene.folder() / "modern.cpp",
                     text + "\ntemplate <class T> concept Small = sizeof(T) < 4;\n");
  const auto packed = scene.run({"pack", "modern.cpp", "--definition", "scale_f32"});
  CHECK(packed.exit.code == 1);
  CHECK(holds(packed.err, "flashinfer-bench compiles as C++17"));
  CHECK(holds(packed.err, "modern.cpp:"));
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("gpu");

TEST_CASE("a packed CUDA candidate passes on the GPU through TVM-FFI") {
  const Scene scene;
  const auto file = (root() / "candidates/rmsnorm_h7168/block_per_row.cu").string();
  const auto packed = scene.run({"pack", file, "-o", "packed.json"});
  CAPTURE(packed.err);
  REQUIRE(packed.exit.ok());
  const auto output =
      scene.run({"rank", "--json", "--quick", "--device", "cuda", "packed.json", file});
  CAPTURE(output.err);
  CAPTURE(output.out);
  REQUIRE(output.exit.ok());
  const auto document = Json::parse(output.out);
  for (const Json& row : document.at("candidates")) {
    CHECK(verdict(row) == "PASSED");
  }
}

TEST_SUITE_END();
