// Child processes: started in a process group of their own, killed whole, never left behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace fihost {

using Clock = std::chrono::steady_clock;

/// The first executable file called `name` in PATH; a name with a '/' is that file itself.
[[nodiscard]] std::optional<std::filesystem::path> find_program(const std::string& name);

/// What to start and with what.
struct Command {
  std::vector<std::string> arguments;  ///< arguments[0] is looked up in PATH unless it has a '/'
  std::optional<std::vector<std::string>> environment;  ///< "NAME=value"; none: inherited
  std::filesystem::path directory;                      ///< working directory; empty: inherited
  std::vector<std::pair<int, int>> files;  ///< {descriptor here, number in the child}; the rest of
                                           ///< the child's descriptors are closed
};

/// How a process ended.
struct Exit {
  int code = 0;    ///< exit status, or -1 when a signal ended it
  int signal = 0;  ///< the signal, or 0
  [[nodiscard]] bool ok() const noexcept { return code == 0; }
  [[nodiscard]] std::string text() const;  ///< "exit code 3", "signal 11 (Segmentation fault)"
};

/// A running child. The kernel kills it when the thread that started it ends, and the destructor
/// kills its whole process group and reaps it.
class Process {
 public:
  /// Throws Error when the program cannot be started.
  explicit Process(const Command& command);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// The exit, once it has ended; never blocks.
  [[nodiscard]] std::optional<Exit> poll();
  /// Wait until it has ended or `deadline` has passed.
  [[nodiscard]] std::optional<Exit> wait_until(Clock::time_point deadline);
  /// SIGKILL to its process group, then reap.
  Exit kill();

 private:
  pid_t pid_ = -1;
  std::optional<Exit> exit_;
};

/// What a finished command said.
struct Output {
  Exit exit;
  std::string out;
  std::string err;
  bool timed_out = false;
  bool cancelled = false;
  bool truncated = false;  ///< more than 16 MiB on a stream; the rest was dropped
  double seconds = 0;
};

/// Run to the end, collecting both streams; stdin is empty unless command.files names it. On timeout
/// or stop the process group is killed, and so is what the command left behind when it ended. Throws Error when the program cannot be started.
[[nodiscard]] Output run(const Command& command, std::chrono::milliseconds timeout,
                         std::stop_token stop = {});

}  // namespace fihost
