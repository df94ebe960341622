#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <system_error>

namespace profiler_ncu {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t out_limit = 64u << 20, err_limit = 64u << 10;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Fd {
  int number = -1;
  Fd() = default;
  explicit Fd(int n) : number(n) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(); }
  void close() {
    if (number >= 0) ::close(number);
    number = -1;
  }
};

struct Pipe {
  Fd read, write;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("cannot make a pipe");
    read.number = ends[0];
    write.number = ends[1];
  }
};

/// Between fork and exec: async-signal-safe calls only, since the host has threads.
[[noreturn]] void become(char* const* arguments, int out, int err, int broken, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(arguments[0], arguments);
  const int error = errno;
  static_cast<void>(!::write(broken, &error, sizeof error));
  ::_exit(127);
}

/// Owner of the process group.
class Group {
 public:
  explicit Group(pid_t pid) : pid_(pid) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() {
    ::kill(-pid_, SIGKILL);
    if (!status_) ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] std::optional<int> poll() {
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_;
  }

 private:
  pid_t pid_;
  std::optional<int> status_;
};

/// Take what is there. False at the end of the stream.
bool drain(const Fd& fd, std::string& text, std::size_t limit, bool& truncated) {
  std::array<char, 1 << 16> chunk;
  const ssize_t n = ::read(fd.number, chunk.data(), chunk.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  const auto room = std::min(static_cast<std::size_t>(n), limit - text.size());
  text.append(chunk.data(), room);
  truncated = truncated || room < static_cast<std::size_t>(n);
  return n > 0;
}

pid_t start(const std::vector<std::string>& arguments, Pipe& out, Pipe& err) {
  std::vector<char*> words;
  for (const auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  Pipe broken;
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) fail("cannot fork");
  if (pid == 0) {
    become(words.data(), out.write.number, err.write.number, broken.write.number, parent);
  }
  ::setpgid(pid, pid);  // whoever comes first
  out.write.close();
  err.write.close();
  broken.write.close();
  int error = 0;
  if (::read(broken.read.number, &error, sizeof error) == sizeof error) {
    ::waitpid(pid, nullptr, 0);
    errno = error;
    fail("cannot start " + arguments.front());
  }
  return pid;
}

}  // namespace

Ended run_child(const std::vector<std::string>& arguments, double seconds,
                const std::function<bool()>& cancelled) {
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(seconds));
  Pipe out, err;
  Group group(start(arguments, out, err));
  Ended ended;
  std::optional<int> status;
  // Once it has ended, what it left behind may hold the pipes open: what is in them is enough.
  while (!status) {
    std::array<pollfd, 2> wanted = {pollfd{out.read.number, POLLIN, 0},
                                    pollfd{err.read.number, POLLIN, 0}};
    status = group.poll();
    int ready = ::poll(wanted.data(), wanted.size(), status ? 0 : 50);
    while (ready > 0) {
      if (wanted[0].revents != 0 && !drain(out.read, ended.out, out_limit, ended.truncated)) {
        out.read.close();
      }
      if (wanted[1].revents != 0 && !drain(err.read, ended.err, err_limit, ended.truncated)) {
        err.read.close();
      }
      wanted[0].fd = out.read.number;
      wanted[1].fd = err.read.number;
      ready = status ? ::poll(wanted.data(), wanted.size(), 0) : 0;
    }
    ended.cancelled = !status && cancelled();
    ended.timed_out = !status && !ended.cancelled && Clock::now() > deadline;
    if (ended.cancelled || ended.timed_out) return ended;
  }
  ended.code = WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
  ended.signal = WIFSIGNALED(*status) ? WTERMSIG(*status) : 0;
  return ended;
}

}  // namespace profiler_ncu
