#include "core/eval/judge_client.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <thread>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"

namespace {

using fihost::Evaluated;
using fihost::JudgeClient;
using fihost::JudgeSettings;
using fihost::Status;

JudgeSettings settings(const std::string& definition = "twice") {
  JudgeSettings s;
  s.worker = FAKE_WORKER;
  s.device = "cpu";
  s.workloads = {"w0", "w1", "w2"};
  s.open = {{"definition", definition}, {"seed", 7}, {"workloads", s.workloads}};
  s.quiet_limit = std::chrono::seconds(20);
  return s;
}

Evaluated evaluate(const std::string& object, JudgeSettings s = settings()) {
  JudgeClient judge(std::move(s), {});
  return judge.evaluate("/x/" + object + ".so");
}

bool alive(const std::string& pid) { return ::kill(static_cast<pid_t>(std::stoi(pid)), 0) == 0; }

}  // namespace

TEST_CASE("a judge tells its device, timer and seed when it is open") {
  JudgeClient judge(settings(), {});
  std::string progress;
  const auto& ready = judge.open(
      {.progress = [&](const std::string& text) { progress = text; }, .stage = {}, .trial = {}});
  CHECK(ready.device.name == "fake");
  CHECK(ready.timer == "fake clock");
  CHECK(ready.seed == 7);
  CHECK(ready.null_call_ms == 0.5);
  CHECK(progress == "making data");
}

TEST_CASE("every workload gets its trial, in the order of the workloads") {
  std::vector<std::size_t> stages, trials;
  std::string pid;
  {
    JudgeClient judge(settings(), {});
    judge.open();
    const auto result = judge.evaluate(
        "/x/good.so", {.role = "reference"},
        {.progress = {},
         .stage = [&](std::size_t w, const std::string&) { stages.push_back(w); },
         .trial = [&](std::size_t w, const fihost::Trial&) { trials.push_back(w); }});
    REQUIRE(result.trials.size() == 3);
    for (const auto& trial : result.trials) CHECK(trial.status == Status::passed);
    CHECK(result.trials[0].timing->latency_ms == 2);  // the reference's, not the stranger's
    CHECK(result.judge_end.empty());
    pid = result.name;
    CHECK(alive(pid));
  }
  CHECK(stages == std::vector<std::size_t>{0, 1, 2});
  CHECK(trials == stages);
  CHECK_FALSE(alive(pid));
}

TEST_CASE("a part of the workloads is tried in the order asked, with the timing asked") {
  JudgeClient judge(settings(), {});
  std::vector<std::size_t> trials;
  const auto trial = [&](std::size_t w, const fihost::Trial&) { trials.push_back(w); };
  const auto result = judge.evaluate("/x/echo.so", {.part = {.workloads = {2, 0}, .quick = true}},
                                     {.progress = {}, .stage = {}, .trial = trial});
  CHECK(trials == std::vector<std::size_t>{2, 0});
  REQUIRE(result.trials.size() == 2);
  CHECK(result.trials[0].log == "w2 quick");
  CHECK(result.trials[1].log == "w0 quick");
  const auto fine = judge.evaluate("/x/echo.so", {.part = {.workloads = {1}, .quick = false}});
  CHECK(fine.trials.at(0).log == "w1 default");
  CHECK(judge.evaluate("/x/echo.so").trials.at(2).log == "w2 as opened");
}

TEST_CASE("a judge that speaks of a workload it was not asked about is ended") {
  JudgeClient judge(settings(), {});
  const auto result = judge.evaluate("/x/talkative.so", {.part = {.workloads = {1}}});
  REQUIRE(result.trials.size() == 1);
  CHECK(result.trials[0].status == Status::passed);
  CHECK(result.judge_end.find("workload that it was not asked about") != std::string::npos);
}

TEST_CASE("a match gives each object a trial of each workload, with a latency a round") {
  JudgeClient judge(settings(), {});
  const auto result = judge.match({"/x/good.so", "/x/slow.so"}, 3, {.workloads = {1, 2}});
  CHECK(result.judge_end.empty());
  CHECK(result.names == std::vector<std::string>{"good", "slow"});
  REQUIRE(result.trials.size() == 2);
  for (const auto& row : result.trials) {
    REQUIRE(row.size() == 2);
    for (const auto& trial : row) CHECK(trial->timing->processes_ms.size() == 3);
  }
  CHECK(result.trials[0][1]->timing->latency_ms == 1);
  CHECK(result.trials[1][1]->timing->latency_ms == 3);
}

TEST_CASE("what a match did not come to has no trial") {
  JudgeClient judge(settings(), {});
  const auto result = judge.match({"/x/good.so", "/x/wrong.so"}, 2);
  CHECK(result.judge_end.empty());
  CHECK(result.trials[1][0]->status == Status::incorrect_numerical);
  CHECK(result.trials[0][0]->status == Status::passed);
  CHECK_FALSE(result.trials[0][1].has_value());
  CHECK_FALSE(result.trials[1][2].has_value());
}

TEST_CASE("a judge that dies in a match says how, and the next call gets a new one") {
  JudgeClient judge(settings(), {});
  const auto result = judge.match({"/x/good.so", "/x/crash.so"}, 2);
  CHECK(result.judge_end == "signal 11 (Segmentation fault): last words");
  CHECK(result.trials.size() == 2);
  CHECK(judge.evaluate("/x/good.so").judge_end.empty());
}

TEST_CASE("a judge that dies costs the candidate what was not measured yet") {
  const auto result = evaluate("crash");
  REQUIRE(result.trials.size() == 3);
  CHECK(result.trials[0].status == Status::passed);
  CHECK(result.trials[1].status == Status::runtime_error);
  CHECK(result.trials[2].status == Status::runtime_error);
  CHECK(result.trials[1].log == "the judge ended: signal 11 (Segmentation fault): last words");
}

TEST_CASE("a judge that exits is told by its exit code") {
  CHECK(evaluate("exit").judge_end == "exit code 3");
}

TEST_CASE("after a dead judge the next candidate gets a new one") {
  JudgeClient judge(settings(), {});
  CHECK_FALSE(judge.evaluate("/x/crash.so").judge_end.empty());
  const auto next = judge.evaluate("/x/good.so");
  CHECK(next.judge_end.empty());
  CHECK(next.trials[2].status == Status::passed);
}

TEST_CASE("a silent judge is killed after the limit") {
  auto s = settings();
  s.quiet_limit = std::chrono::milliseconds(300);
  const auto result = evaluate("hang", s);
  CHECK(result.judge_end == "it fell silent");
  CHECK(result.trials[0].status == Status::passed);
  CHECK(result.trials[1].status == Status::runtime_error);
  CHECK(result.seconds < 10);
}

TEST_CASE("a line that is no message ends the judge") {
  CHECK(evaluate("garbage").judge_end == "it sent a line that is no message: this is no message");
}

TEST_CASE("a message of another shape ends the judge") {
  CHECK(evaluate("shape").judge_end.find("its message has another shape") == 0);
  CHECK(evaluate("stranger").judge_end.find("workload that it was not given") != std::string::npos);
  JudgeClient judge(settings(), {});
  CHECK(judge.match({"/x/good.so", "/x/stranger.so"}, 2).judge_end.find("object that it was not") !=
        std::string::npos);
}

TEST_CASE("a line without an end is cut off instead of filling the memory") {
  CHECK(evaluate("huge").judge_end == "it sent a line without an end");
}

TEST_CASE("a workload that the judge passes over is no pass") {
  const auto result = evaluate("half");
  CHECK(result.trials[0].status == Status::passed);
  CHECK(result.trials[1].status == Status::runtime_error);
  CHECK(result.trials[1].log == "the judge gave no result for this workload");
}

TEST_CASE("a judge that cannot open says why") {
  JudgeClient refused(settings("no memory"), {});
  CHECK_THROWS_WITH_AS(refused.open(), "out of memory", fihost::Error);
  JudgeClient dead(settings("dies"), {});
  CHECK_THROWS_WITH_AS(dead.open(),
                       "the judge for cpu ended before it was ready: exit code 5: cannot go on",
                       fihost::Error);
}

TEST_CASE("a stop ends a hanging evaluation and leaves no process") {
  std::stop_source stop;
  std::string pid;
  std::jthread later;
  {
    JudgeClient judge(settings(), stop.get_token());
    const auto note = [&](const std::string& text) {
      pid = text;
      later = std::jthread([&] { stop.request_stop(); });
    };
    judge.open();
    CHECK_THROWS_AS(static_cast<void>(judge.evaluate("/x/hang.so", {},
                                                     {.progress = note, .stage = {}, .trial = {}})),
                    fihost::Cancelled);
  }
  REQUIRE_FALSE(pid.empty());
  CHECK_FALSE(alive(pid));
}
