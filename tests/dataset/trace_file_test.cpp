#include "core/dataset/trace_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "core/base/error.hpp"
#include "core/dataset/dataset.hpp"
#include "tests/dataset/example.hpp"

using fihost::load_traces;
using fihost::Problem;
using fihost::TraceFile;

namespace {

/// Run `work` in a child process; what it throws is exit code 9.
template <class Work>
pid_t in_child(Work work) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    try {
      work();
      ::_exit(0);
    } catch (...) {
      ::_exit(9);
    }
  }
  return pid;
}

int exit_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

fihost::Trace numbered(int i) { return passed_trace("s", "u" + std::to_string(i), 1 + i, 2); }

std::size_t readable_lines(const std::filesystem::path& file) {
  std::vector<Problem> problems;
  const auto traces = load_traces(file, problems);
  for (const auto& problem : problems) MESSAGE(text(problem));
  CHECK(problems.empty());
  return traces.size();
}

}  // namespace

TEST_CASE("lines of several writers never mix") {
  const fihost::TempDir folder;
  const auto path = folder.path() / "t/x.jsonl";
  std::vector<pid_t> children;
  for (int writer = 0; writer < 4; ++writer) {
    children.push_back(in_child([&] {
      TraceFile file(path);
      for (int i = 0; i < 25; ++i) file.append(numbered(i));
    }));
  }
  for (const auto child : children) CHECK(exit_of(child) == 0);
  CHECK(readable_lines(path) == 100);
}

TEST_CASE("a writer that is killed leaves whole lines") {
  const fihost::TempDir folder;
  const auto path = folder.path() / "x.jsonl";
  const auto child = in_child([&] {
    TraceFile file(path);
    for (int i = 0;; ++i) file.append(numbered(i));
  });
  for (int i = 0;
       i < 500 && (!std::filesystem::exists(path) || std::filesystem::file_size(path) < 20'000);
       ++i) {
    ::usleep(10'000);
  }
  ::kill(child, SIGKILL);
  CHECK(exit_of(child) == -SIGKILL);
  const auto lines = readable_lines(path);
  CHECK(lines > 0);
  TraceFile(path).append(numbered(0));
  CHECK(readable_lines(path) == lines + 1);
}

TEST_CASE("half a line that another writer left is kept apart and the file stays readable") {
  const fihost::TempDir folder;
  const auto path = folder.path() / "x.jsonl";
  TraceFile file(path);
  file.append(numbered(1));
  std::ofstream(path, std::ios::app) << R"({"definition":"scale","work)";
  file.append(numbered(2));
  CHECK(readable_lines(path) == 2);
  CHECK(fihost::read_text(path.string() + ".torn") == "{\"definition\":\"scale\",\"work\n");
}

TEST_CASE("a whole line without its end gets it") {
  const fihost::TempDir folder;
  const auto path = folder.path() / "x.jsonl";
  auto line = fihost::dump(to_json(numbered(1)));
  const std::string zero = "\"max_absolute_error\":0.0";
  line.replace(line.find(zero), zero.size(),
               "\"max_absolute_error\":NaN");  // as Python may write it
  std::ofstream(path) << line;
  TraceFile(path).append(numbered(2));
  CHECK(readable_lines(path) == 2);
  CHECK_FALSE(std::filesystem::exists(path.string() + ".torn"));
}

TEST_CASE("a disk without room is told, and the file is as it was") {
  const fihost::TempDir folder;
  const auto path = folder.path() / "x.jsonl";
  TraceFile(path).append(numbered(1));
  const auto before = fihost::read_text(path);
  // A limit on the file's size cuts a write short as a full disk does.
  const auto child = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{before.size() + 100, before.size() + 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    TraceFile(path).append(numbered(2));
  });
  CHECK(exit_of(child) == 9);
  CHECK(fihost::read_text(path) == before);
}

TEST_CASE("a folder that cannot be written to is told by name") {
  const fihost::TempDir folder;
  fihost::write_text(folder.path() / "file", "");
  CHECK_THROWS_WITH_AS(TraceFile(folder.path() / "file/x.jsonl"),
                       doctest::Contains((folder.path() / "file").string().c_str()), fihost::Error);
}

TEST_CASE("authors and definitions name folders, and nothing else") {
  CHECK(fihost::trace_path("r", "me", "op", "d") == "r/traces/me/op/d.jsonl");
  for (const char* bad : {"", ".", "..", "a/b", "a\\b"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(static_cast<void>(fihost::trace_path("r", bad, "op", "d")), fihost::Error);
  }
}
