// What the numbers of a ranking promise.
#include <doctest/doctest.h>

#include <cmath>

#include "core/base/temp_dir.hpp"
#include "tests/end_to_end/fihost_process.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

Json rank(const std::vector<std::string>& more, const std::filesystem::path& cache) {
  std::vector<std::string> arguments = {"rank", "--json", "--definition", "scale_f32"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Output output = run_fihost(arguments, cache);
  INFO(output.err);
  REQUIRE(output.exit.code == 0);
  return parse_json(output.out, "stdout");
}

}  // namespace

TEST_SUITE_BEGIN("score");

TEST_CASE("a copy of the reference gets a score near one, with an interval around it") {
  const TempDir cache;
  // Built by fihost with the flags that the reference gets, whatever the tests are built with.
  std::string source = read_text(build_tree() / "tests/end_to_end/tasks/scale_f32/reference.cpp");
  const std::string role = "FIHOST_ROLE_REFERENCE";
  source.replace(source.find(role), role.size(), "FIHOST_ROLE_CANDIDATE");
  write_text(cache.path() / "copy.cpp", source);
  write_text(cache.path() / "second.cpp", source);
  const Json ranking = rank({"--device", "cpu", (cache.path() / "copy.cpp").string(),
                             (cache.path() / "second.cpp").string()},
                            cache.path());
  const auto rows = rows_by_name(ranking);
  for (const auto& named : rows) {
    const Json& row = named.second;
    CAPTURE(named.first);
    // The same loop as the reference, on a processor that is shared with who knows what.
    CHECK(row.at("score").get<double>() > 0.5);
    CHECK(row.at("score").get<double>() < 2.0);
    const Json& interval = row.at("score_ci");
    CHECK(interval.at(0).get<double>() <= row.at("score").get<double>());
    CHECK(interval.at(1).get<double>() >= row.at("score").get<double>());
    CHECK(row.at("workloads").size() == 3);
  }
}

TEST_CASE("the ranking document has the fields that scripts rely on") {
  const TempDir cache;
  const Json ranking =
      rank({"--device", "cpu", "--quick", "--seed", "7", object("cpu_right")}, cache.path());
  CHECK(ranking.at("schema") == "fihost.ranking/1");
  CHECK(ranking.at("definition") == "scale_f32");
  CHECK(ranking.at("device").at("type") == "cpu");
  CHECK(ranking.at("seed") == 7);
  CHECK(ranking.at("baseline").at("kind") == "reference");
  CHECK(ranking.contains("timer"));
  CHECK(ranking.contains("noise"));
  const Json& workload = ranking.at("candidates").at(0).at("workloads").at(0);
  for (const char* key :
       {"uuid", "axes", "status", "latency_ms", "latency_ci_ms", "samples", "baseline_latency_ms",
        "speedup", "roofline_fraction", "max_abs_error", "max_rel_error", "matched_ratio", "log"}) {
    CAPTURE(key);
    CHECK(workload.contains(key));
  }
  CHECK(workload.at("axes").at("rows") == 1);
}

TEST_CASE("the chosen scorer decides the score") {
  const TempDir cache;
  const Json ranking =
      rank({"--device", "cpu", "--quick", "--scorer", "scorer.worst_case", object("cpu_right")},
           cache.path());
  const Json& row = ranking.at("candidates").at(0);
  double worst = 1e9;
  for (const Json& workload : row.at("workloads")) {
    worst = std::min(worst, workload.at("speedup").get<double>());
  }
  CHECK(row.at("score").get<double>() == doctest::Approx(worst));
}

TEST_CASE("two fihosts on one device take turns and both finish") {
  const TempDir cache;
  const std::vector<std::string> arguments = {
      "rank", "--json",       "--quick",   "--device",
      "cpu",  "--definition", "scale_f32", object("cpu_right")};
  Command other = fihost_command(arguments, cache.path());
  Process first(other);
  const Output second = run_fihost(arguments, cache.path());
  CHECK(second.exit.code == 0);
  const auto ended = first.wait_until(Clock::now() + std::chrono::minutes(1));
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("gpu");

TEST_CASE("a copy of the CUDA reference scores one within its confidence interval") {
  const TempDir cache;
  const Json ranking = rank({"--device", "cuda", object("cuda_right")}, cache.path());
  const Json& row = ranking.at("candidates").at(0);
  const double tie_floor = 1.005;
  CHECK(row.at("score_ci").at(0).get<double>() < tie_floor);
  CHECK(row.at("score_ci").at(1).get<double>() > 1 / tie_floor);
}

TEST_SUITE_END();
