// Ctrl-C and TERM as a stop token; the second one ends the program at once.
#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace fihost {

/// Make one at the start of main(), before any other thread: it blocks SIGINT and SIGTERM for this
/// thread and those that follow, and waits for them in a thread of its own. Children unblock them.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void wait_for_signals();

  sigset_t signals_{};
  std::stop_source source_;
  std::atomic<bool> closing_{false};
  std::jthread thread_;
};

}  // namespace fihost
