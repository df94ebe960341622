#include "core/base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/base/error.hpp"

namespace fihost {
namespace {

constexpr std::size_t stream_limit_bytes = 16u << 20;

bool is_program(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

/// The file to execute. A name with a '/' is left to execve() to judge.
std::string program_of(const Command& command) {
  const std::string& name = command.arguments.at(0);
  if (name.find('/') != std::string::npos) return name;
  if (const auto found = find_program(name)) return found->string();
  fail("cannot start {}: no such program in PATH", name);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// Everything the child needs, made before fork(): afterwards only async-signal-safe calls are made.
struct Launch {
  std::string program;
  std::vector<char*> arguments;
  char** environment;
  const char* directory;
  std::vector<std::pair<int, int>> files;
  int failure_fd;  ///< the child writes errno here when exec fails
  pid_t parent;
};

/// Move every wanted descriptor out of the way, then to its number, and close the rest.
bool place_files(Launch& launch) {
  int highest = 3;
  for (const auto& [from, to] : launch.files) highest = std::max({highest, from + 1, to + 1});
  highest = std::max(highest, launch.failure_fd + 1);
  for (auto& [from, to] : launch.files) {
    from = ::fcntl(from, F_DUPFD_CLOEXEC, highest);
    if (from < 0) return false;
  }
  const int failure = ::fcntl(launch.failure_fd, F_DUPFD_CLOEXEC, highest);
  if (failure < 0) return false;
  launch.failure_fd = failure;
  for (const auto& [from, to] : launch.files) {
    if (::dup2(from, to) < 0) return false;
  }
  return true;
}

[[noreturn]] void enter_child(Launch& launch) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Close-on-exec (1 << 2) for everything; dup2() then clears the flag on what is placed.
  ::syscall(SYS_close_range, 3u, ~0u, 1u << 2);
  bool ok = ::getppid() == launch.parent && place_files(launch);
  if (ok && launch.directory != nullptr) ok = ::chdir(launch.directory) == 0;
  if (ok) ::execve(launch.program.c_str(), launch.arguments.data(), launch.environment);
  const int code = errno;
  [[maybe_unused]] const ssize_t n = ::write(launch.failure_fd, &code, sizeof code);
  ::_exit(127);
}

Exit decode(int status) {
  if (WIFEXITED(status)) return {.code = WEXITSTATUS(status), .signal = 0};
  return {.code = -1, .signal = WTERMSIG(status)};
}

struct Pipe {
  UniqueFd read, write;
  Pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) fail("cannot make a pipe: {}", errno_text(errno));
    read.reset(fds[0]);
    write.reset(fds[1]);
  }
};

/// Take what is there. False at end of file.
bool drain(int fd, std::string& into, bool& truncated) {
  char chunk[1 << 16];
  const ssize_t n = ::read(fd, chunk, sizeof chunk);
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  if (n == 0) return false;
  const auto room = stream_limit_bytes - std::min(stream_limit_bytes, into.size());
  truncated |= static_cast<std::size_t>(n) > room;
  into.append(chunk, std::min(room, static_cast<std::size_t>(n)));
  return true;
}

}  // namespace

std::optional<std::filesystem::path> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return is_program(name) ? std::optional<std::filesystem::path>(name) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = std::min(rest.find(':'), rest.size());
    const std::string candidate = std::string(rest.substr(0, colon)) + "/" + name;
    if (colon > 0 && is_program(candidate)) return candidate;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return std::nullopt;
}

std::string Exit::text() const {
  if (signal != 0) return fmt::format("signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("exit code {}", code);
}

Process::Process(const Command& command) {
  Launch launch{.program = program_of(command),
                .arguments = {},
                .environment = environ,
                .directory = command.directory.empty() ? nullptr : command.directory.c_str(),
                .files = command.files,
                .failure_fd = -1,
                .parent = ::getpid()};
  auto arguments = command.arguments;
  launch.arguments = pointers(arguments);
  auto environment = command.environment.value_or(std::vector<std::string>{});
  auto environment_pointers = pointers(environment);
  if (command.environment) launch.environment = environment_pointers.data();
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = 0; fd < 3; ++fd) {
    const bool given = std::any_of(launch.files.begin(), launch.files.end(),
                                   [fd](const auto& file) { return file.second == fd; });
    if (!given) launch.files.emplace_back(fd == 0 ? null.get() : fd, fd);
  }
  Pipe failure;
  launch.failure_fd = failure.write.get();
  pid_ = ::fork();
  if (pid_ < 0) fail("cannot start {}: {}", launch.program, errno_text(errno));
  if (pid_ == 0) enter_child(launch);
  ::setpgid(pid_, pid_);
  failure.write.reset();
  int code = 0;
  ssize_t n = 0;
  while ((n = ::read(failure.read.get(), &code, sizeof code)) < 0 && errno == EINTR) {
  }
  if (n == sizeof code) {
    kill();
    fail("cannot start {}{}: {}", launch.program,
         launch.directory == nullptr ? "" : fmt::format(" in {}", launch.directory),
         errno_text(code));
  }
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_(std::exchange(other.exit_, std::nullopt)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    if (pid_ > 0) kill();
    pid_ = std::exchange(other.pid_, -1);
    exit_ = std::exchange(other.exit_, std::nullopt);
  }
  return *this;
}

Process::~Process() {
  if (pid_ > 0) kill();
}

std::optional<Exit> Process::poll() {
  if (exit_ || pid_ <= 0) return exit_;
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
      info.si_pid == pid_) {
    return kill();
  }
  return std::nullopt;
}

std::optional<Exit> Process::wait_until(Clock::time_point deadline) {
  // A pidfd would make this a poll(2); the children here live for milliseconds to minutes, so a
  // short sleep costs nothing that is measured.
  auto pause = std::chrono::microseconds(200);
  while (!poll()) {
    if (Clock::now() >= deadline) return std::nullopt;
    ::usleep(static_cast<useconds_t>(pause.count()));
    pause = std::min(pause * 2, std::chrono::microseconds(10'000));
  }
  return exit_;
}

Exit Process::kill() {
  if (exit_) return *exit_;
  if (pid_ <= 0) return {};  // moved from; kill(-1) would mean every process there is
  // The leader is not reaped yet, so its number still names this group and no other.
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_ = decode(status);
  return *exit_;
}

Output run(const Command& command, std::chrono::milliseconds timeout, std::stop_token stop) {
  const auto start = Clock::now();
  Pipe out, err;
  Command wired = command;
  wired.files.emplace_back(out.write.get(), 1);
  wired.files.emplace_back(err.write.get(), 2);
  Process process(wired);
  out.write.reset();
  err.write.reset();
  Output result;
  // A year is for ever, and leaves the clock's range intact.
  const auto deadline = start + std::min<std::chrono::milliseconds>(timeout, std::chrono::years(1));
  bool out_open = true, err_open = true;
  while (!result.timed_out && !result.cancelled) {
    // Asked before the streams are: what it wrote before its end is in the pipes by now. What other
    // processes that hold the pipes may still write is not waited for.
    const bool ended = process.poll().has_value();
    const bool late = Clock::now() >= deadline;
    if (ended && (late || (!out_open && !err_open))) break;
    pollfd fds[2] = {{out_open ? out.read.get() : -1, POLLIN, 0},
                     {err_open ? err.read.get() : -1, POLLIN, 0}};
    const int wait_ms = ended ? 0 : out_open || err_open ? 20 : 1;
    if (::poll(fds, 2, wait_ms) == 0 && ended) break;
    if (fds[0].revents != 0) out_open = drain(out.read.get(), result.out, result.truncated);
    if (fds[1].revents != 0) err_open = drain(err.read.get(), result.err, result.truncated);
    if (!ended) result.timed_out = late;
    if (!ended) result.cancelled = stop.stop_requested();
  }
  result.exit = process.kill();
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace fihost
