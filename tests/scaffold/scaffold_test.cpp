#include <doctest/doctest.h>

#include <string>

#include "tests/cli/fihost_program.hpp"

namespace {

namespace fs = std::filesystem;

struct Workplace {
  FihostProgram fihost;

  /// A command that must succeed, run in the scratch folder.
  fihost::Output must(const std::vector<std::string>& arguments) const {
    auto command = fihost.command({});
    if (arguments.front() == "fihost") {
      command.arguments.insert(command.arguments.end(), arguments.begin() + 1, arguments.end());
    } else {
      command.arguments = arguments;
    }
    command.directory = fihost.folder();
    auto output = fihost::run(command, std::chrono::minutes(5));
    INFO(fihost::dump(arguments));
    INFO(output.out);
    INFO(output.err);
    REQUIRE(output.exit.code == 0);
    return output;
  }

  /// Exit code and the one line on stderr.
  [[nodiscard]] std::pair<int, std::string> refusal(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "new");
    arguments.insert(arguments.end(), {"--dir", fihost.folder()});
    const auto output = fihost.run(arguments);
    CHECK(line_count(output.err) == 1);
    return {output.exit.code, output.err};
  }

  [[nodiscard]] std::string text(const std::string& file) const {
    return fihost::read_text(fihost.folder() / file);
  }
};

/// Build the plugin in `folder` against an installed SDK, run its test, and find it.
void check_plugin(const Workplace& place, const std::string& folder, const std::string& id) {
  place.must({FIHOST_CMAKE, "--install", FIHOST_PREFIX, "--component", "sdk", "--prefix", "sdk"});
  place.must({FIHOST_CMAKE, "-S", folder, "-B", "build",
              "-DCMAKE_PREFIX_PATH=" + (place.fihost.folder() / "sdk").string(), "-G", "Ninja",
              "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON",
              "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic"});
  place.must({FIHOST_CMAKE, "--build", "build"});
  const auto tests = place.must({FIHOST_CTEST, "--test-dir", "build"});
  CHECK(tests.out.find("100% tests passed, 0 tests failed out of 1") != std::string::npos);
  const auto found =
      place.must({"fihost", "plugins", "--plugin-path", "build/lib/fihost/plugins", "--json"});
  CHECK(found.out.find("\"id\": \"" + id + "\"") != std::string::npos);
}

}  // namespace

TEST_CASE("a new candidate names the tensors of its definition and builds") {
  const Workplace place;
  place.must(
      {"fihost", "new", "candidate", "mine", "--definition", "rmsnorm_h7168", "--language", "cpp"});
  CHECK(place.text("mine.cpp").find("* weight = fihost::sdk::data<const std::uint16_t>") !=
        std::string::npos);
  place.must({"fihost", "build", "mine.cpp", "-o", "mine.so"});
  const auto load = place.fihost.run({"load", place.fihost.folder() / "mine.so", "--device", "cpu",
                                      "--quick", "--workloads", "0"});
  CHECK(load.exit.code == 1);
  CHECK(load.out.find("run() is not written yet") != std::string::npos);
}

TEST_CASE("a new candidate for CUDA builds") {
  const Workplace place;
  place.must({"fihost", "new", "candidate", "mine", "--language", "cuda", "--definition",
              "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048"});
  CHECK(place.text("mine.cu").find("* gemm1_weights = fihost::sdk::data<const __nv_fp8_e4m3>") !=
        std::string::npos);
  if (!FIHOST_WITH_NVCC) return;
  place.must({"fihost", "build", "mine.cu", "-o", "mine.so", "--arch", "sm_90a"});
}

TEST_CASE("a new task is ranked as it is, and takes a new candidate") {
  const Workplace place;
  const auto made = place.must({"fihost", "new", "task", "row_scale", "--json"});
  const auto json = fihost::parse_json(made.out, "stdout");
  CHECK(json["schema"] == "fihost.new/1");
  CHECK(json["files"].size() == 6);
  place.must({"fihost", "new", "candidate", "mine", "--dir", "row_scale", "--language", "cpp"});
  const auto rank =
      place.must({"fihost", "rank", "row_scale", "--device", "cpu", "--quick", "--json"});
  const auto ranking = fihost::parse_json(rank.out, "stdout");
  CHECK(ranking["definition"] == "row_scale");
  CHECK(ranking["workload_count"] == 3);
  REQUIRE(ranking["candidates"].size() == 2);
  CHECK(ranking["candidates"][0]["name"] == "naive");
  CHECK(ranking["candidates"][0]["verdict"] == "PASSED");
  if (!FIHOST_WITH_NVCC) return;
  for (const std::string name : {"reference", "naive"}) {
    place.must(
        {"fihost", "build", "row_scale/" + name + ".cu", "-o", name + ".so", "--arch", "sm_90a"});
  }
}

TEST_CASE("a new scorer builds, passes its test and scores") {
  const Workplace place;
  place.must({"fihost", "new", "scorer", "scorer_mine"});
  check_plugin(place, "scorer_mine", "scorer.mine");
  const auto load = place.must({"fihost", "load",
                                FIHOST_PREFIX "/share/fihost/candidates/rmsnorm_h7168/naive.cpp",
                                "--device", "cpu", "--quick", "--workloads", "0", "--scorer",
                                "scorer.mine", "--plugin-path", "build/lib/fihost/plugins"});
  CHECK(load.out.find("scorer.mine") != std::string::npos);
}

TEST_CASE("a new mutator, llm or profiler builds, passes its test and is found") {
  for (const std::string kind : {"mutator", "llm", "profiler"}) {
    CAPTURE(kind);
    const Workplace place;
    place.must({"fihost", "new", kind, "mine"});
    check_plugin(place, kind + "_mine", kind + ".mine");
  }
}

TEST_CASE("what exists is never replaced, not even in part") {
  const Workplace place;
  place.must({"fihost", "new", "task", "mine"});
  fs::remove(place.fihost.folder() / "mine" / "definition.json");
  fihost::write_text(place.fihost.folder() / "mine" / "naive.cpp", "precious");
  const auto refusal = place.refusal({"task", "mine"});
  CHECK(refusal.first == 2);
  CHECK(refusal.second.find("naive.cpp exists already") != std::string::npos);
  CHECK(place.text("mine/naive.cpp") == "precious");
  CHECK_FALSE(fs::exists(place.fihost.folder() / "mine" / "definition.json"));
}

TEST_CASE("a wish that makes no sense is told what is wanted") {
  const Workplace place;
  const auto check = [&](const std::vector<std::string>& words, int code, const char* part) {
    const auto refusal = place.refusal(words);
    INFO(refusal.second);
    CHECK(refusal.first == code);
    CHECK(refusal.second.find(part) != std::string::npos);
  };
  check({}, 2, "give a kind");
  check({"scorr", "x"}, 2, "did you mean 'scorer'?");
  check({"task", "Row-Scale"}, 2, "wanted lower-case letters");
  check({"task", "x", "--definition", "y"}, 2, "--definition is for candidates");
  check({"candidate", "x"}, 2, "give --definition NAME");
  check({"candidate", "x", "--definition", "nothing"}, 3, "rmsnorm_h7168");
}
