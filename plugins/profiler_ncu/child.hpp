// A program that is run to its end with bounded time and text.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace profiler_ncu {

struct Ended {
  int code = 0;    ///< exit status, -1 when a signal ended it
  int signal = 0;  ///< that signal
  bool timed_out = false;
  bool cancelled = false;
  bool truncated = false;  ///< it wrote more than was kept
  std::string out;         ///< first 64 MiB of stdout
  std::string err;         ///< first 64 KiB of stderr
};

/// Run `arguments` ([0] is a path) in a process group of its own with an empty stdin. The whole group
/// is killed when it ends, after `seconds`, once `cancelled` says so (asked every 50 ms), and by the
/// kernel when the calling thread dies. Throws std::system_error when it cannot be started.
[[nodiscard]] Ended run_child(const std::vector<std::string>& arguments, double seconds,
                              const std::function<bool()>& cancelled);

}  // namespace profiler_ncu
