// Traces as they are written while a ranking runs.
#include <doctest/doctest.h>

#include <cmath>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "core/dataset/dataset.hpp"
#include "tests/end_to_end/fihost_process.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

std::vector<Located<Trace>> traces_of(const std::vector<std::string>& more, const TempDir& folder) {
  std::vector<std::string> words = {"rank", "--quick",  "--device",
                                    "cpu",  "--traces", folder.path().string()};
  words.insert(words.end(), more.begin(), more.end());
  const Output output = run_fihost(words, folder.path());
  INFO(output.err);
  REQUIRE((output.exit.code == 0 || output.exit.code == 1));
  std::vector<Problem> problems;
  auto traces = load_traces(folder.path(), problems);
  CHECK(problems.empty());
  return traces;
}

const TraceEvaluation& evaluation_of(const std::vector<Located<Trace>>& traces,
                                     const std::string& solution) {
  for (const auto& each : traces) {
    if (each.value.solution->starts_with(solution)) return *each.value.evaluation;
  }
  throw Error("no trace of " + solution);
}

}  // namespace

TEST_SUITE_BEGIN("traces");

TEST_CASE("every verdict becomes a trace that is read back, a line a workload") {
  const TempDir folder;
  write_text(folder.path() / "broken.cpp", "int x = ;");
  const auto traces = traces_of(
      {"--definition", "scale_f32", "--author", "me", object("cpu_right"), object("cpu_nan"),
       object("cpu_infinity"), object("cpu_segfault"), (folder.path() / "broken.cpp").string()},
      folder);
  CHECK(traces.size() == 5 * 3);
  CHECK(traces.front().file.string().find("traces/me/") != std::string::npos);
  const auto& right = evaluation_of(traces, "cpu_right_");
  CHECK(right.status == Status::passed);
  REQUIRE(right.performance);
  CHECK(right.performance->latency_ms > 0);
  CHECK(right.performance->speedup_factor ==
        doctest::Approx(right.performance->reference_latency_ms / right.performance->latency_ms));
  const Json& ours = right.correctness->extra.at("fihost");
  CHECK(ours.at("timing").at("low_ms").get<double>() <= right.performance->latency_ms);
  CHECK(ours.at("seed").is_number());
  CHECK(right.libs.at("timer").find("steady clock") != std::string::npos);
  CHECK(std::isnan(evaluation_of(traces, "cpu_nan").correctness->max_absolute_error));
  CHECK(std::isinf(evaluation_of(traces, "cpu_infinity").correctness->max_relative_error));
  CHECK(evaluation_of(traces, "cpu_segfault").status == Status::runtime_error);
  const auto& broken = evaluation_of(traces, "broken");
  CHECK(broken.status == Status::compile_error);
  CHECK_FALSE(broken.correctness);
  CHECK(broken.log.find("error") != std::string::npos);
}

TEST_CASE("edited code is another solution") {
  const TempDir folder;
  const auto source = read_text(build_tree() / "tests/end_to_end/tasks/scale_f32/reference.cpp");
  for (const std::string remark : {"// one\n", "// two\n"}) {
    write_text(folder.path() / "same.cpp", remark + source);
    traces_of(
        {"--definition", "scale_f32", "--workloads", "0", (folder.path() / "same.cpp").string()},
        folder);
  }
  std::vector<Problem> problems;
  const auto traces = load_traces(folder.path(), problems);
  REQUIRE(traces.size() == 2);
  CHECK(*traces[0].value.solution != *traces[1].value.solution);
}

TEST_CASE("an author that names no folder is refused before anything is written") {
  const TempDir folder;
  const Output output =
      run_fihost({"rank", "--quick", "--device", "cpu", "--traces", folder.path().string(),
                  "--author", "../x", object("cpu_right")},
                 folder.path());
  CHECK(output.exit.code == 2);
  CHECK(output.err.find("author") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "traces"));
}

TEST_SUITE_END();
