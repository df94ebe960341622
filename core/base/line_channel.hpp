// Newline-delimited text over a stream socket, with a deadline, a stop and a bounded line.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/base/process.hpp"
#include "core/base/unique_fd.hpp"

namespace fihost {

/// Owns its end of the socket. One thread.
class LineChannel {
 public:
  enum class Result { ok, closed, timed_out, cancelled, too_long };

  LineChannel() = default;
  explicit LineChannel(UniqueFd socket, std::size_t limit_bytes = std::size_t{4} << 20)
      : socket_(std::move(socket)), limit_bytes_(limit_bytes) {}

  /// Send `line` and a newline. `closed` when the other end is gone.
  [[nodiscard]] Result write(std::string line, Clock::time_point deadline,
                             const std::stop_token& stop);
  /// Next line, without its newline. A line over the limit is `too_long`: the channel is unusable.
  [[nodiscard]] Result read(std::string& line, Clock::time_point deadline,
                            const std::stop_token& stop);
  void close() { socket_.reset(); }

 private:
  /// Until the socket is ready for `events`.
  Result wait(short events, Clock::time_point deadline, const std::stop_token& stop) const;

  UniqueFd socket_;
  std::size_t limit_bytes_ = 0;
  std::string pending_;      // received, not yet handed out
  std::size_t scanned_ = 0;  // of pending_, known to hold no newline
};

}  // namespace fihost
