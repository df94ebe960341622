#include "core/build/builder.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"
#include "core/build/object_file.hpp"
#include "tests/build/sources.hpp"

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using doctest::Contains;
using fihost::Builder;
using fihost::BuildResult;
using fihost::Error;
using fihost::write_text;
using fihost::test::cpu_candidate;
using fihost::test::errors;

namespace {

/// A folder with a builder that keeps its objects in it.
struct Workshop {
  fihost::TempDir dir{"fihost-build-test"};
  fihost::Toolchain tools = fihost::find_toolchain();
  [[nodiscard]] fs::path path(const std::string& name) const { return dir.path() / name; }
  [[nodiscard]] Builder builder() const { return {tools, FIHOST_PREFIX, path("cache")}; }
  [[nodiscard]] BuildResult build(const std::string& name, const std::string& source) const {
    write_text(path(name), source);
    return builder().build({.source = path(name), .archs = {}, .flags = {}}, 60s);
  }
};

/// A stand-in for a compiler: a shell script.
std::string script(const fs::path& path, const std::string& body) {
  write_text(path, "#!/bin/sh\n" + body);
  fs::permissions(path, fs::perms::owner_all);
  return path.string();
}

bool gone(pid_t pid) {
  for (int i = 0; i < 400 && fs::exists("/proc/" + std::to_string(pid)); ++i) {
    std::string state;
    try {
      state = fihost::read_text("/proc/" + std::to_string(pid) + "/stat");
    } catch (const Error&) {
      return true;
    }
    if (state.find(") Z ") != std::string::npos) return true;
    std::this_thread::sleep_for(5ms);
  }
  return !fs::exists("/proc/" + std::to_string(pid));
}

}  // namespace

TEST_CASE("builder: a C++ candidate becomes an object with one exported symbol") {
  const Workshop shop;
  const auto result = shop.build("k.cpp", cpu_candidate + "void also_visible() {}\n");
  CAPTURE(result.log);
  REQUIRE(result.ok);
  CHECK_FALSE(result.cached);
  CHECK(result.seconds > 0);
  CHECK(result.object.parent_path() == shop.path("cache/objects"));
  const auto object = fihost::inspect_object(result.object);
  CHECK(object.refusal == "");
  CHECK(object.exports == std::vector<std::string>{"fihost_candidate_v1"});
}

TEST_CASE("builder: a failed build is data, with file and line") {
  const Workshop shop;
  const auto result = shop.build("k.cpp", "#include <string>\n\nint x = \"text\";\n");
  CHECK_FALSE(result.ok);
  CHECK(result.object.empty());
  CHECK_FALSE(result.timed_out);
  REQUIRE(errors(result) == 1);
  const auto& error = result.diagnostics[0];
  CHECK(error.file == shop.path("k.cpp").string());
  CHECK(error.line == 3);
  CHECK(error.message.find("char") != std::string::npos);
  CHECK(result.log.find(error.message) != std::string::npos);
  CHECK_FALSE(fs::exists(shop.path("cache")));
  // Nor is it kept.
  CHECK_FALSE(shop.build("k.cpp", "#include <string>\n\nint x = \"text\";\n").cached);
}

TEST_CASE("builder: an undefined symbol is found when linking, not when loading") {
  const Workshop shop;
  const auto result = shop.build(
      "k.cpp", "int nowhere(int);\n" + cpu_candidate +
                   "int f() { return nowhere(1); }\n"
                   "int (*used)() = f;\n[[gnu::visibility(\"default\")]] int g() { return f(); }\n"
                   "[[gnu::constructor]] void h() { f(); }\n");
  CHECK_FALSE(result.ok);
  REQUIRE(errors(result) >= 1);
  CHECK(result.diagnostics[0].message.find("undefined reference to `nowhere(int)'") !=
        std::string::npos);
}

TEST_CASE("builder: the same build is found again, also under another folder") {
  const Workshop shop;
  const auto source = "#include \"part.hpp\"\n" + cpu_candidate +
                      "[[deprecated]] void old();\n"
                      "void young() { old(); }\nvoid old() {}\n";
  write_text(shop.path("a/part.hpp"), "inline int part = 1;\n");
  const auto first = shop.build("a/k.cpp", source);
  REQUIRE(first.ok);
  REQUIRE(first.diagnostics.size() >= 1);
  CHECK(first.diagnostics[0].severity == "warning");
  const auto again = shop.build("a/k.cpp", source);
  CHECK(again.cached);
  CHECK(again.object == first.object);
  CHECK(again.log == first.log);
  CHECK(again.seconds < first.seconds);

  write_text(shop.path("b/part.hpp"), "inline int part = 1;\n");
  const auto elsewhere = shop.build("b/k.cpp", source);
  CHECK(elsewhere.cached);
  REQUIRE(elsewhere.diagnostics.size() == first.diagnostics.size());
  CHECK(elsewhere.diagnostics[0].file == shop.path("b/k.cpp").string());

  // The same source beside another header is another build.
  write_text(shop.path("c/part.hpp"), "inline int part = 2;\n");
  const auto other = shop.build("c/k.cpp", source);
  CHECK(other.ok);
  CHECK_FALSE(other.cached);
}

TEST_CASE("builder: source, header, flags, SDK and compiler each make another build") {
  Workshop shop;
  write_text(shop.path("part.hpp"), "inline int part = 1;\n");
  const auto source = "#include \"part.hpp\"\n" + cpu_candidate;
  REQUIRE(shop.build("k.cpp", source).ok);
  REQUIRE(shop.build("k.cpp", source).cached);
  CHECK_FALSE(shop.build("k.cpp", source + "\n").cached);
  REQUIRE(shop.build("k.cpp", source).cached);
  CHECK_FALSE(shop.build("other.cpp", source).cached);

  write_text(shop.path("part.hpp"), "inline int part = 2;\n");
  CHECK_FALSE(shop.build("k.cpp", source).cached);

  const auto builder = shop.builder();
  CHECK_FALSE(builder.build({shop.path("k.cpp"), {}, {"-DX=1"}}, 60s).cached);

  fs::create_directories(shop.path("prefix/include"));
  fs::create_directories(shop.path("prefix/share/fihost"));
  fs::copy(FIHOST_PREFIX "/include/fihost/.", shop.path("prefix/include/fihost"),
           fs::copy_options::recursive);
  fs::copy_file(FIHOST_PREFIX "/share/fihost/exports.map",
                shop.path("prefix/share/fihost/exports.map"));
  const Builder moved(shop.tools, shop.path("prefix"), shop.path("cache"));
  CHECK(moved.build({shop.path("k.cpp"), {}, {}}, 60s).cached);  // equal content elsewhere
  const auto header = shop.path("prefix/include/fihost/abi.h");
  write_text(header, fihost::read_text(header) + "\n");
  CHECK_FALSE(moved.build({shop.path("k.cpp"), {}, {}}, 60s).cached);

  shop.tools.cxx_version += " (another)";
  CHECK_FALSE(shop.build("k.cpp", source).cached);
}

TEST_CASE("builder: a kept object that was harmed is built again") {
  const Workshop shop;
  const auto first = shop.build("k.cpp", cpu_candidate);
  REQUIRE(first.ok);
  const auto content = fihost::read_text(first.object);
  SUBCASE("gone") { fs::remove(first.object); }
  SUBCASE("truncated") { fs::resize_file(first.object, 100); }
  SUBCASE("without its manifest") { fs::remove(fs::path(first.object).replace_extension(".json")); }
  SUBCASE("with a manifest of another making") {
    write_text(fs::path(first.object).replace_extension(".json"), "{\"object_sha256\":3}");
  }
  const auto again = shop.build("k.cpp", cpu_candidate);
  CHECK(again.ok);
  CHECK_FALSE(again.cached);
  CHECK(fihost::inspect_object(again.object).refusal == "");
  CHECK(shop.build("k.cpp", cpu_candidate).cached);
}

TEST_CASE("builder: flags reach compiler and linker") {
  const Workshop shop;
  write_text(shop.path("k.cpp"), "#if FACTOR != 3\n#error factor\n#endif\n" + cpu_candidate);
  const auto build = [&](const std::vector<std::string>& flags) {
    return shop.builder().build({shop.path("k.cpp"), {}, flags}, 60s);
  };
  CHECK(build({"-DFACTOR=3"}).ok);
  const auto result = build({"-DFACTOR=3", "-lno_such_library"});
  CHECK_FALSE(result.ok);
  REQUIRE(errors(result) == 1);
  CHECK(result.diagnostics[0].message.find("no_such_library") != std::string::npos);
  const auto unknown = build({"--no-such-option"});
  REQUIRE(errors(unknown) == 1);
  CHECK(unknown.diagnostics[0].message.find("no-such-option") != std::string::npos);
}

TEST_CASE("builder: many builds of one source at once all succeed") {
  const Workshop shop;
  write_text(shop.path("k.cpp"), cpu_candidate);
  const auto builder = shop.builder();
  std::vector<BuildResult> results(4);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&] { result = builder.build({shop.path("k.cpp"), {}, {}}, 60s); });
    }
  }
  for (const auto& result : results) {
    CHECK(result.ok);
    CHECK(fihost::inspect_object(result.object).refusal == "");
  }
  CHECK(builder.build({shop.path("k.cpp"), {}, {}}, 60s).cached);
}

TEST_CASE("builder: a deadline or a stop request kills the compiler and what it started") {
  Workshop shop;
  const auto pid_file = shop.path("pid");
  shop.tools.cxx =
      script(shop.path("slow"), "sleep 1000 & echo $! > " + pid_file.string() + ".new; mv " +
                                    pid_file.string() + ".new " + pid_file.string() + "; wait\n");
  write_text(shop.path("k.cpp"), cpu_candidate);
  BuildResult result;
  SUBCASE("deadline") {
    result = shop.builder().build({shop.path("k.cpp"), {}, {}}, 300ms);
    CHECK(result.timed_out);
    REQUIRE(errors(result) == 1);
    CHECK(result.diagnostics[0].message.find("300 ms") != std::string::npos);
  }
  SUBCASE("stop") {
    std::stop_source source;
    std::jthread stopper([&] {
      while (!fs::exists(pid_file)) std::this_thread::sleep_for(1ms);
      source.request_stop();
    });
    result = shop.builder().build({shop.path("k.cpp"), {}, {}}, 60s, source.get_token());
    CHECK(result.cancelled);
    CHECK_FALSE(result.timed_out);
  }
  CHECK_FALSE(result.ok);
  CHECK(result.seconds < 10);
  REQUIRE(fs::exists(pid_file));
  CHECK(gone(std::stoi(fihost::read_text(pid_file))));
}

TEST_CASE("builder: a compiler that dies without a word still gives an error") {
  Workshop shop;
  shop.tools.cxx = script(shop.path("mute"), "kill -9 $$\n");
  const auto result = shop.build("k.cpp", cpu_candidate);
  CHECK_FALSE(result.ok);
  REQUIRE(errors(result) == 1);
  CHECK(result.diagnostics[0].message.find("mute failed (signal 9") != std::string::npos);
}

TEST_CASE("builder: diagnostics are understood in any locale") {
  ::setenv("LC_ALL", "de_DE.UTF-8", 1);
  ::setenv("LANGUAGE", "de", 1);
  Workshop shop;
  shop.tools.cxx =
      script(shop.path("tell"), "echo \"k.cpp:1: error: $LC_ALL$LANGUAGE\" >&2; exit 1\n");
  const auto result = shop.build("k.cpp", cpu_candidate);
  ::unsetenv("LC_ALL");
  ::unsetenv("LANGUAGE");
  REQUIRE(errors(result) == 1);
  CHECK(result.diagnostics[0].message == "C");
}

TEST_CASE("builder: what cannot be built at all is an Error that says why") {
  Workshop shop;
  const auto refuse = [&](const std::string& name, const std::vector<std::string>& archs,
                          const char* part) {
    if (name != "none.cpp") write_text(shop.path(name), cpu_candidate);
    CHECK_THROWS_WITH_AS(static_cast<void>(shop.builder().build({shop.path(name), archs, {}}, 60s)),
                         Contains(part), Error);
  };
  refuse("none.cpp", {}, "none.cpp");
  refuse("k.txt", {}, "suffix must be .cu or .cpp");
  shop.tools.nvcc = "/bin/false";
  refuse("k.cu", {}, "no architecture");
  for (const auto* arch : {"90a", "sm_", "sm_90x", "sm_90a,code=sm_80", "compute_90"}) {
    refuse("k.cu", {arch}, "no such architecture");
  }
  shop.tools.nvcc.reset();
  refuse("k.cu", {"sm_90a"}, "no nvcc");
  shop.tools.cxx.clear();
  refuse("k.cpp", {}, "no C++ compiler");
  shop.tools = fihost::find_toolchain();
  write_text(shop.path("k.cpp"), cpu_candidate);
  const Builder nowhere(shop.tools, shop.path("no-prefix"), shop.path("cache"));
  CHECK_THROWS_WITH_AS(static_cast<void>(nowhere.build({shop.path("k.cpp"), {}, {}}, 60s)),
                       Contains("no SDK headers"), Error);
}

TEST_CASE("builder: from Hopper on the specific architecture is the default") {
  CHECK(fihost::default_arch("sm_90") == "sm_90a");
  CHECK(fihost::default_arch("sm_100") == "sm_100a");
  CHECK(fihost::default_arch("sm_120") == "sm_120a");
  CHECK(fihost::default_arch("sm_89") == "sm_89");
  CHECK(fihost::default_arch("sm_80") == "sm_80");
  CHECK(fihost::default_arch("sm_90a") == "sm_90a");
  CHECK(fihost::default_arch("x86-64") == "x86-64");
}
