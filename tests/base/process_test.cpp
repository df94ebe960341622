#include "core/base/process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

using namespace std::chrono_literals;
using doctest::Contains;
using fihost::Command;
using fihost::Error;
using fihost::Process;

namespace {

Command shell(const std::string& script) {
  Command command;
  command.arguments = {"sh", "-c", script};
  return command;
}

fihost::Output run_shell(const std::string& script, std::chrono::milliseconds timeout = 20s) {
  return fihost::run(shell(script), timeout);
}

/// A killed process may take a moment to vanish once it belongs to init.
bool vanishes(pid_t pid) {
  for (int i = 0; i < 400; ++i) {
    // A zombie still has a number; its state tells.
    std::string status;
    try {
      status = fihost::read_text("/proc/" + std::to_string(pid) + "/stat");
    } catch (const Error&) {
      return true;
    }
    if (status.find(") Z ") != std::string::npos) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

}  // namespace

TEST_CASE("process: both streams and the exit code come back") {
  const auto output = run_shell("echo out; echo err >&2; exit 3");
  CHECK(output.out == "out\n");
  CHECK(output.err == "err\n");
  CHECK(output.exit.code == 3);
  CHECK_FALSE(output.exit.ok());
  CHECK(output.exit.text() == "exit code 3");
  CHECK_FALSE(output.timed_out);
}

TEST_CASE("process: a signal is told from an exit code") {
  const auto output = run_shell("kill -SEGV $$");
  CHECK(output.exit.signal == SIGSEGV);
  CHECK_FALSE(output.exit.ok());
  CHECK(output.exit.text().starts_with("signal 11 ("));
}

TEST_CASE("process: standard input is empty unless it is given") {
  CHECK(run_shell("cat").out.empty());
  const fihost::TempDir dir;
  fihost::write_text(dir.path() / "in", "given");
  const fihost::UniqueFd in(::open((dir.path() / "in").c_str(), O_RDONLY | O_CLOEXEC));
  auto command = shell("cat");
  command.files = {{in.get(), 0}};
  CHECK(fihost::run(command, 20s).out == "given");
}

TEST_CASE("process: only the descriptors that were named reach the child") {
  // Without close-on-exec, and in the gap below a placed one.
  const fihost::UniqueFd leaky(::open("/dev/zero", O_RDONLY));
  const fihost::UniqueFd given(::open("/dev/null", O_RDONLY));
  auto command = shell("for f in /proc/$$/fd/*; do readlink $f; done");
  command.files = {{given.get(), 40}};
  const auto out = fihost::run(command, 20s).out;
  CHECK(out.find("/dev/zero") == std::string::npos);
  command = shell("readlink /proc/$$/fd/40");
  command.files = {{given.get(), 40}};
  CHECK(fihost::run(command, 20s).out == "/dev/null\n");
}

TEST_CASE("process: descriptors may change places") {
  const fihost::TempDir dir;
  fihost::write_text(dir.path() / "a", "a");
  fihost::write_text(dir.path() / "b", "b");
  const fihost::UniqueFd a(::open((dir.path() / "a").c_str(), O_RDONLY | O_CLOEXEC));
  const fihost::UniqueFd b(::open((dir.path() / "b").c_str(), O_RDONLY | O_CLOEXEC));
  auto command = shell("cat /proc/self/fd/" + std::to_string(a.get()) + " /proc/self/fd/" +
                       std::to_string(b.get()));
  command.files = {{a.get(), b.get()}, {b.get(), a.get()}};
  CHECK(fihost::run(command, 20s).out == "ba");
}

TEST_CASE("process: environment and folder are the command's") {
  const fihost::TempDir dir;
  auto command = shell("echo $ONLY-$HOME; pwd");
  command.environment = {"ONLY=this", "PATH=/usr/bin:/bin"};
  command.directory = dir.path();
  CHECK(fihost::run(command, 20s).out == "this-\n" + dir.path().string() + "\n");
}

TEST_CASE("process: what cannot be started is named") {
  Command command;
  command.arguments = {"no-such-program"};
  CHECK_THROWS_WITH_AS(Process{command}, Contains("no-such-program"), Error);
  command.arguments = {"/etc/passwd"};
  CHECK_THROWS_WITH_AS(Process{command}, Contains("/etc/passwd"), Error);
  command = shell("true");
  command.directory = "/no/such/folder";
  CHECK_THROWS_WITH_AS(Process{command}, Contains("/no/such/folder"), Error);
}

TEST_CASE("process: PATH finds files that can be executed, nothing else") {
  const fihost::TempDir dir;
  std::filesystem::create_directory(dir.path() / "sh");
  fihost::write_text(dir.path() / "env", "not executable");
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (":" + dir.path().string() + ":/usr/bin:/bin:").c_str(), 1);
  const auto sh = fihost::find_program("sh"), env = fihost::find_program("env");
  ::setenv("PATH", before.c_str(), 1);
  REQUIRE(sh);
  REQUIRE(env);
  CHECK(sh->parent_path() != dir.path());
  CHECK(env->parent_path() != dir.path());
  CHECK_FALSE(fihost::find_program("no-such-program"));
  CHECK(fihost::find_program("/bin/sh") == "/bin/sh");
  CHECK_FALSE(fihost::find_program("/bin/no-such-program"));
}

TEST_CASE("process: a deadline kills the whole group") {
  const auto start = fihost::Clock::now();
  const auto output = run_shell("sleep 1000 & echo $!; wait", 200ms);
  CHECK(output.timed_out);
  CHECK(output.exit.signal == SIGKILL);
  CHECK(fihost::Clock::now() - start < 5s);
  CHECK(vanishes(std::stoi(output.out)));
}

TEST_CASE("process: what a command leaves behind is killed and not waited for") {
  const auto start = fihost::Clock::now();
  const auto output = run_shell("sleep 1000 & echo $!");
  CHECK(output.exit.ok());
  CHECK_FALSE(output.timed_out);
  CHECK(fihost::Clock::now() - start < 5s);
  CHECK(vanishes(std::stoi(output.out)));
}

TEST_CASE("process: an escaped child that holds the streams is not waited for") {
  const auto output = run_shell("setsid sleep 3 & echo here", 2s);
  CHECK(output.exit.ok());
  CHECK_FALSE(output.timed_out);
  CHECK(output.out == "here\n");
  CHECK(output.seconds < 1.5);
}

TEST_CASE("process: a stop request ends a run, also after its streams were closed") {
  std::stop_source source;
  std::jthread later([&] {
    std::this_thread::sleep_for(50ms);
    source.request_stop();
  });
  const auto output =
      fihost::run(shell("exec >&- 2>&-; sleep 1000"), std::chrono::hours(1000), source.get_token());
  CHECK(output.cancelled);
  CHECK_FALSE(output.timed_out);
  CHECK(output.seconds < 5);
}

TEST_CASE("process: much output is read to its end, too much is cut and said so") {
  const auto much = run_shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2");
  CHECK(much.out.size() == 3'000'000);
  CHECK(much.err.size() == 3'000'000);
  CHECK_FALSE(much.truncated);
  const auto too_much = run_shell("head -c 20000000 /dev/zero");
  CHECK(too_much.out.size() == 16u << 20);
  CHECK(too_much.truncated);
  CHECK(too_much.exit.ok());
}

TEST_CASE("process: the destructor kills, and a moved-from one does not") {
  pid_t pid = -1;
  {
    Process first(shell("sleep 1000"));
    pid = first.pid();
    Process second(std::move(first));
    CHECK(second.pid() == pid);
    CHECK(first.kill().signal == 0);  // NOLINT(bugprone-use-after-move): the point of the test
    CHECK_FALSE(second.poll());
  }
  CHECK(vanishes(pid));
}

TEST_CASE("process: waiting ends at the deadline or with the process") {
  Process slow(shell("sleep 1000"));
  CHECK_FALSE(slow.wait_until(fihost::Clock::now() + 20ms));
  Process fast(shell("exit 4"));
  const auto exit = fast.wait_until(fihost::Clock::now() + 20s);
  REQUIRE(exit);
  CHECK(exit->code == 4);
  CHECK(fast.kill().code == 4);
}
