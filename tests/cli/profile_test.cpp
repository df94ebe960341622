#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "core/base/json.hpp"
#include "tests/cli/fihost_program.hpp"

namespace {

using fihost::Json;
using fihost::Output;

const std::string task = FIHOST_TASKS "/rmsnorm_h7168";

/// With the profiler that only calls.
Output profile(const FihostProgram& fihost, std::vector<std::string> words) {
  words.insert(words.begin(), {"profile", "--device", "cpu", "--plugin-path", PROFILER_FOLDER,
                               "--profiler", "profiler.call"});
  return fihost.run(words);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A candidate of rmsnorm_h7168 that writes a line a call into `log` and returns `status`.
std::filesystem::path counting_candidate(const FihostProgram& fihost, const std::string& status) {
  const auto path = fihost.folder() / "counting.cpp";
  fihost::write_text(path, R"(#include <cstdio>
#include <fihost/candidate.hpp>
static fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  std::FILE* file = std::fopen(")" +
                               (fihost.folder() / "calls").string() + R"(", "a");
  const auto* x = static_cast<const unsigned short*>(call->inputs[0].data);
  bool varied = false;
  for (int i = 1; i < 100; ++i) varied = varied || x[i] != x[0];
  std::fprintf(file, "%s\n", varied ? "varied" : "constant");
  std::fclose(file);
  return )" + status + R"(;
}
extern "C" FIHOST_EXPORT const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, 0), "counting", "rmsnorm_h7168", nullptr,
    FIHOST_ROLE_CANDIDATE, FIHOST_CPU, nullptr, nullptr, run, nullptr};
)");
  return path;
}

}  // namespace

TEST_CASE("a profiled candidate is called once as a warm-up and once more, on random inputs") {
  const FihostProgram fihost;
  const auto path = counting_candidate(fihost, "FIHOST_OK");
  const auto output = profile(fihost, {path, "--definition", "rmsnorm_h7168", "--workloads", "0"});
  INFO(output.err);
  REQUIRE(output.exit.code == 0);
  CHECK(fihost::read_text(fihost.folder() / "calls") == "varied\nvaried\n");
  CHECK(contains(output.out, "line 0\n"));
  CHECK_FALSE(contains(output.out, "\x1b"));
}

TEST_CASE("without --workloads those with the most and the least work are profiled") {
  const FihostProgram fihost;
  const auto output = profile(fihost, {task + "/naive.cpp", "--json"});
  INFO(output.err);
  REQUIRE(output.exit.code == 0);
  const auto json = fihost::parse_json(output.out, "stdout");
  CHECK(json["schema"] == "fihost.profile/1");
  CHECK(json["definition"] == "rmsnorm_h7168");
  CHECK(json["profiler"] == "profiler.call");
  CHECK(json["device"]["type"] == "cpu");
  REQUIRE(json["profiles"].size() == 2);
  std::int64_t least = INT64_MAX, most = 0;
  std::istringstream lines(fihost::read_text(task + "/workloads.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto workload = fihost::parse_json(line, "workloads")["workload"];
    const auto size = workload["axes"].begin().value().get<std::int64_t>();
    least = std::min(least, size);
    most = std::max(most, size);
  }
  const auto& first = json["profiles"][0]["axes"].begin().value();
  const auto& second = json["profiles"][1]["axes"].begin().value();
  CHECK(std::min(first.get<std::int64_t>(), second.get<std::int64_t>()) == least);
  CHECK(std::max(first.get<std::int64_t>(), second.get<std::int64_t>()) == most);
  CHECK(json["profiles"][0]["metrics"]["exit_code"] == 0);
}

TEST_CASE("a digest has at most 2 KB, whatever the profiler says, and whole lines") {
  const FihostProgram fihost;
  const auto output = profile(fihost, {task + "/naive.cpp", "--json", "--workloads", "0"});
  REQUIRE(output.exit.code == 0);
  const auto digest =
      fihost::parse_json(output.out, "stdout")["profiles"][0]["digest"].get<std::string>();
  CHECK(digest.size() <= 2048);
  CHECK(digest.size() > 2000);
  CHECK(digest.back() == '\n');
}

TEST_CASE("what cannot be profiled is one line and an exit code of its own") {
  const FihostProgram fihost;
  const auto failing = counting_candidate(fihost, "FIHOST_UNSUPPORTED");
  const auto failed =
      profile(fihost, {failing, "--definition", "rmsnorm_h7168", "--workloads", "0"});
  CHECK(failed.exit.code == 3);
  CHECK(contains(failed.err, "run returned UNSUPPORTED"));
  fihost::write_text(fihost.folder() / "broken.cpp", "no C++ at all\n");
  const auto broken =
      profile(fihost, {fihost.folder() / "broken.cpp", "--definition", "rmsnorm_h7168"});
  CHECK(broken.exit.code == 1);
  CHECK(contains(broken.err, "broken.cpp:1: error"));
  const auto refused =
      profile(fihost, {task + "/naive.cpp", "--profiler-config", R"({"refuse": "it rains"})"});
  CHECK(refused.exit.code == 3);
  CHECK(contains(refused.err, "there is nothing to profile with: it rains"));
  CHECK(line_count(refused.err) == 1);
  CHECK(profile(fihost, {task}).exit.code == 2);
  CHECK(profile(fihost, {task + "/naive.cpp", "--profiler-config", "{"}).exit.code == 2);
}

TEST_CASE("on the CPU profiler.ncu says that it needs a CUDA device") {
  const FihostProgram fihost;
  const auto output = fihost.run({"profile", task + "/naive.cpp", "--device", "cpu"});
  CHECK(output.exit.code == 3);
  CHECK(output.out.empty());
  CHECK(line_count(output.err) == 1);
  CHECK(contains(output.err, "ncu profiles CUDA kernels, and the device is the CPU"));
}
