#include "core/search/device_evaluator.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <sstream>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "tests/end_to_end/fihost_process.hpp"
#include "tests/end_to_end/scale_run.hpp"

using namespace fihost;
using namespace fihost::test;
using fihost::search::Contestant;
using fihost::search::DeviceEvaluator;

namespace {

Contestant contestant(const std::string& name) {
  return {.object = test::object(name), .name = name, .source_digest = name};
}

DeviceEvaluator scale_evaluator() { return {scale_run(), shared_builder(), {}, {}}; }

/// Kill every judge that this process has started.
void kill_judges() {
  const std::string children =
      read_text("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  std::istringstream pids(children);
  for (pid_t pid = 0; pids >> pid;) {
    const auto command = read_text("/proc/" + std::to_string(pid) + "/cmdline");
    if (command.find("--judge") != std::string::npos) ::kill(pid, SIGKILL);
  }
}

}  // namespace

TEST_SUITE_BEGIN("device_evaluator");

TEST_CASE("an evaluator tells what it measures on, and results come in the order asked") {
  auto evaluator = scale_evaluator();
  const auto& about = evaluator.about();
  CHECK(about.definition == "scale_f32");
  CHECK(about.device.type == "cpu");
  CHECK(about.baseline_name == "scale-reference");
  CHECK_FALSE(about.timer.empty());
  CHECK(about.seed == 7);
  CHECK(about.candidates.empty());
  const auto all = evaluator.measure(contestant("cpu_right"), {});
  REQUIRE(all.workloads.size() == 3);
  CHECK(all.judge_end.empty());
  CHECK(all.seconds > 0);
  const auto part =
      evaluator.measure(contestant("cpu_right"), {.workloads = {2, 1}, .quick = true});
  REQUIRE(part.workloads.size() == 2);
  CHECK(part.workloads[0].axes.at("rows") == 500);
  CHECK(part.workloads[1].uuid == all.workloads[1].uuid);
  for (const auto& workload : part.workloads) {
    CHECK(workload.trial.status == Status::passed);
    CHECK(workload.speedup().value() > 0);
  }
  CHECK(part.workloads[1].baseline->latency_ms == all.workloads[1].baseline->latency_ms);
}

TEST_CASE("whatever an object does is a result") {
  auto evaluator = scale_evaluator();
  const auto status = [&](const std::string& name) {
    return evaluator.measure(contestant(name), {.workloads = {0}}).workloads.at(0).trial.status;
  };
  CHECK(status("cpu_segfault") == Status::runtime_error);
  CHECK(status("cpu_wrong_last_row") == Status::incorrect_numerical);
  CHECK(status("cpu_wrong_definition") == Status::compile_error);
  CHECK(status("there_is_no_such_object") == Status::compile_error);
  CHECK(status("cpu_infinite_loop") == Status::timeout);
  CHECK(status("cpu_right") == Status::passed);
}

TEST_CASE("a judge that is killed costs one result, and the baseline outlives it") {
  auto evaluator = scale_evaluator();
  const auto before = evaluator.measure(contestant("cpu_right"), {.workloads = {1}});
  kill_judges();
  const auto lost = evaluator.measure(contestant("cpu_right"), {.workloads = {1}});
  CHECK_FALSE(lost.judge_end.empty());
  CHECK(lost.workloads.at(0).trial.status == Status::runtime_error);
  const auto after = evaluator.measure(contestant("cpu_right"), {.workloads = {1}});
  CHECK(after.judge_end.empty());
  CHECK(after.workloads.at(0).trial.status == Status::passed);
  CHECK(after.workloads[0].baseline->latency_ms == before.workloads[0].baseline->latency_ms);
}

TEST_CASE("a rematch is won by the one that is clearly faster, and by none of two equals") {
  auto evaluator = scale_evaluator();
  const auto fast = contestant("cpu_right"), slow = contestant("cpu_slow");
  const auto won = evaluator.rematch(fast, slow, 4);
  CHECK(won.won);
  CHECK(won.rounds == 4);
  CHECK(won.ratio > 1.1);
  CHECK(won.interval.low <= won.ratio);
  CHECK(won.interval.high >= won.ratio);
  CHECK(won.seconds > 0);
  CHECK_FALSE(evaluator.rematch(slow, fast, 1).won);
}

TEST_CASE("who fails in a rematch is named, and nobody has won") {
  auto evaluator = scale_evaluator();
  const auto good = contestant("cpu_right"), bad = contestant("cpu_wrong_last_row");
  const auto lost = evaluator.rematch(bad, good, 2);
  CHECK_FALSE(lost.won);
  CHECK(lost.rounds == 0);
  CHECK(lost.challenger_failed);
  CHECK_FALSE(lost.champion_failed);
  const auto fallen = evaluator.rematch(good, bad, 2);
  CHECK_FALSE(fallen.won);  // nothing was compared
  CHECK(fallen.rounds == 0);
  CHECK(fallen.champion_failed);
  CHECK_FALSE(fallen.challenger_failed);
}

TEST_CASE("a stop is no result, and a reference that is missing no evaluator") {
  std::stop_source stop;
  DeviceEvaluator evaluator(scale_run(), shared_builder(), {}, stop.get_token());
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(evaluator.measure(contestant("cpu_right"), {})), Cancelled);
  auto request = scale_run();
  request.task.folder.clear();
  request.reference = ReferenceChoice::native;
  CHECK_THROWS_WITH_AS(DeviceEvaluator(request, shared_builder(), {}, {}),
                       doctest::Contains("has no reference for cpu"), Error);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("gpu");

TEST_CASE("a match on a GPU finds the faster RMSNorm, and nothing between a kernel and itself") {
  auto request = installed_run("rmsnorm_h7168", "cuda");
  request.workloads.resize(4);
  DeviceEvaluator evaluator(request, shared_builder(), {}, {});
  const auto folder = build_tree() / "tests/candidates/objects/rmsnorm_h7168";
  const Contestant fast{
      .object = folder / "block_per_row.cuda.so", .name = "fast", .source_digest = "fast"};
  const Contestant slow{
      .object = folder / "naive.cuda.so", .name = "slow", .source_digest = "slow"};
  for (const auto& workload : evaluator.measure(fast, {}).workloads) {
    CHECK(workload.trial.status == Status::passed);
  }
  const auto won = evaluator.rematch(fast, slow, 5);
  MESSAGE("ratio ", won.ratio, ", ", won.interval.low, " to ", won.interval.high, " in ",
          won.seconds, " s");
  CHECK(won.won);
  CHECK(won.rounds == 5);
  const auto same = evaluator.rematch(fast, fast, 5);
  MESSAGE("A/A ratio ", same.ratio, ", ", same.interval.low, " to ", same.interval.high, " in ",
          same.seconds, " s");
  CHECK(same.ratio > 0.9);
  CHECK(same.ratio < 1.1);
}

TEST_SUITE_END();
