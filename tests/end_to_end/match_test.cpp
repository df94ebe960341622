// What a judge does with parts of a task and with matches, on the real worker.
#include <doctest/doctest.h>

#include "core/eval/baseline.hpp"
#include "core/eval/judge_client.hpp"
#include "core/eval/judge_request.hpp"
#include "tests/end_to_end/fihost_process.hpp"
#include "tests/end_to_end/scale_run.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

JudgeSettings settings_of(const EvaluationRequest& request) {
  return judge_settings(request, find_trusted(request, shared_builder(), {}));
}

/// Processes that timed the candidate.
std::size_t processes(const Trial& trial) { return trial.timing.value().processes_ms.size(); }

}  // namespace

TEST_SUITE_BEGIN("match");

TEST_CASE("a part of the workloads is tried, in the order asked, with as many processes as asked") {
  JudgeClient judge(settings_of(scale_run()), {});
  const auto object = test::object("cpu_right");
  const auto part = judge.evaluate(object, {.part = {.workloads = {2, 0}}});
  REQUIRE(part.trials.size() == 2);
  CHECK(part.trials[0].status == Status::passed);
  CHECK(processes(part.trials[0]) == 1);
  // 500 rows take longer than one row.
  CHECK(part.trials[0].timing->latency_ms > part.trials[1].timing->latency_ms);
  const auto fine = judge.evaluate(object, {.part = {.workloads = {1}, .quick = false}});
  REQUIRE(fine.trials.size() == 1);
  CHECK(processes(fine.trials[0]) == 2);
  const auto wrong =
      judge.evaluate(test::object("cpu_wrong_in_one_workload"), {.part = {.workloads = {0, 2}}});
  CHECK(wrong.trials[0].status == Status::passed);  // workload 1 is the one that it gets wrong
  CHECK(wrong.trials[1].status == Status::passed);
  CHECK(judge.evaluate(object).trials.size() == 3);
}

TEST_CASE("what is wrong is said with its place, in checked calls and in timed ones") {
  JudgeClient judge(settings_of(scale_run()), {});
  const auto log = [&](const std::string& name) {
    return judge.evaluate(test::object(name), {.part = {.workloads = {1}}}).trials.at(0).log;
  };
  CAPTURE(log("cpu_wrong_last_row"));
  CHECK(log("cpu_wrong_last_row").find("the worst place is [32, 0..127], 128 of 128 elements") !=
        std::string::npos);
  CAPTURE(log("cpu_wrong_last_element"));
  CHECK(log("cpu_wrong_last_element")
            .find("in 1 of 33000 elements; 99.997 % match, 100 % required; "
                  "the first at [32, 999] is ") != std::string::npos);
  CAPTURE(log("cpu_nan"));
  CHECK(log("cpu_nan").find("the first at [16, 500] is nan, the reference has") !=
        std::string::npos);
  CAPTURE(log("cpu_never_writes"));
  CHECK(log("cpu_never_writes").find("the first at [0, 0], which no call wrote") !=
        std::string::npos);
  CAPTURE(log("cpu_right_only_at_first"));
  CHECK(log("cpu_right_only_at_first").find("a timed call gave wrong results: ") == 0);
  CHECK(log("cpu_right_only_at_first").find("the first at [0, 0] is ") != std::string::npos);
}

TEST_CASE("a match times both objects on every workload, in a fresh process each round") {
  JudgeClient judge(settings_of(scale_run()), {});
  const auto matched = judge.match({test::object("cpu_right"), test::object("cpu_slow")}, 3);
  CHECK(matched.judge_end.empty());
  CHECK(matched.names == std::vector<std::string>{"misbehaving", "misbehaving"});
  for (const auto& row : matched.trials) {
    REQUIRE(row.size() == 3);
    for (const auto& trial : row) {
      REQUIRE(trial.has_value());
      CHECK(trial->status == Status::passed);
      CHECK(processes(*trial) == 3);
    }
  }
  CHECK(matched.trials[0][2]->timing->latency_ms < matched.trials[1][2]->timing->latency_ms);
}

TEST_CASE("rounds that are no multiple of an evaluation's processes are all played") {
  JudgeClient judge(settings_of(scale_run()), {});
  const auto matched = judge.match({test::object("cpu_right"), test::object("cpu_right")}, 3,
                                   {.workloads = {1}, .quick = false});
  for (const auto& row : matched.trials) CHECK(processes(*row.at(0)) == 3);
}

TEST_CASE("no process serves two rounds") {
  JudgeClient judge(settings_of(scale_run()), {});
  const auto once = test::object("cpu_once_a_process"), right = test::object("cpu_right");
  for (const bool quick : {true, false}) {
    const auto matched = judge.match({once, right}, 3, {.workloads = {0}, .quick = quick});
    REQUIRE(matched.trials[0][0].has_value());
    CHECK_MESSAGE(matched.trials[0][0]->status == Status::passed, matched.trials[0][0]->log);
  }
  // The object does notice: a process serves all workloads of its round.
  CHECK(judge.match({once, right}, 1).trials[0][1]->status == Status::runtime_error);
}

TEST_CASE("an object that crashes in a match is out, and the judge goes on") {
  JudgeClient judge(settings_of(scale_run()), {});
  const auto matched = judge.match({test::object("cpu_right"), test::object("cpu_segfault")}, 2);
  CHECK(matched.judge_end.empty());
  REQUIRE(matched.trials[1][0].has_value());
  CHECK(matched.trials[1][0]->status == Status::runtime_error);
  CHECK(matched.trials[1][0]->log.find("signal 11") != std::string::npos);
  CHECK_FALSE(matched.trials[1][1].has_value());
  CHECK(matched.trials[0][0]->status == Status::passed);
  CHECK_FALSE(matched.trials[0][2].has_value());
  CHECK(judge.evaluate(test::object("cpu_right")).trials[2].status == Status::passed);
}

TEST_CASE("one that hangs costs one runner and one timeout, and the others play on") {
  JudgeClient judge(settings_of(scale_run()), {});
  judge.open();
  const auto right = test::object("cpu_right");
  const auto matched = judge.match({right, test::object("cpu_infinite_loop"), right}, 2);
  CHECK(matched.judge_end.empty());
  CHECK(matched.trials[1][0]->status == Status::timeout);
  CHECK_FALSE(matched.trials[1][1].has_value());
  for (const std::size_t playing : {0u, 2u}) {
    for (const auto& trial : matched.trials[playing]) CHECK(processes(trial.value()) == 2);
  }
  CHECK(matched.seconds < 10);  // the limit of a call is two
}

TEST_CASE("one that is wrong in one workload of a match keeps what it passed before") {
  JudgeClient judge(settings_of(scale_run()), {});
  const auto matched = judge.match(
      {test::object("cpu_wrong_in_one_workload"), test::object("cpu_right")}, 2, {.quick = false});
  CHECK(matched.trials[0][0]->status == Status::passed);
  CHECK(matched.trials[0][1]->status == Status::incorrect_numerical);
  CHECK_FALSE(matched.trials[0][2].has_value());
  CHECK(matched.trials[1][0]->status == Status::passed);
}

TEST_CASE("an object that cannot be loaded is out of the match with the reason") {
  JudgeClient judge(settings_of(scale_run()), {});
  const auto matched =
      judge.match({test::object("cpu_wrong_definition"), test::object("cpu_right")}, 2);
  CHECK(matched.judge_end.empty());
  CHECK(matched.trials[0][0]->status == Status::compile_error);
  CHECK(matched.trials[0][0]->log.find("wrong definition") == 0);
}

TEST_SUITE_END();
