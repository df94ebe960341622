// The judge's side of one runner: its process, its channel, its output, and a deadline on every
// exchange.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/base/process.hpp"
#include "core/device/channel.hpp"

namespace fihost::device {

/// Why an exchange gave no reply.
enum class Silence { none, timeout, ended };

struct Reply {
  Silence silence = Silence::none;
  Message message;  ///< valid only when silence is none
};

/// Not thread-safe. The destructor kills the process.
class RunnerProcess {
 public:
  /// Starts `worker --runner`; the device context is made while the judge goes on.
  RunnerProcess(const std::string& worker, const std::string& device, const std::string& flush);

  /// Wait until it said "ready" or `deadline` has passed. False when it ended or stayed silent.
  [[nodiscard]] bool wait_ready(Clock::time_point deadline);
  [[nodiscard]] double null_call_ms() const noexcept { return null_call_ms_; }

  /// Send `request` and wait for the reply that repeats its sequence number and is of a kind the
  /// request allows; anything else counts as ended. On timeout the process is killed.
  [[nodiscard]] Reply exchange(Message request, std::chrono::milliseconds timeout,
                               int attached_fd = -1);

  /// Kill it and say how it ended, with the tail of what it printed.
  [[nodiscard]] std::string epitaph();

 private:
  [[nodiscard]] std::optional<Packet> receive_until(Clock::time_point deadline, Silence& silence);
  void drain_output();

  UniqueFd output_;  // read end of its stdout and stderr
  std::optional<Channel> channel_;
  std::optional<Process> process_;
  std::string printed_;
  std::uint64_t sequence_ = 0;
  double null_call_ms_ = 0;
  bool ready_ = false;
};

}  // namespace fihost::device
