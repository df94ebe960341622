#include "core/base/line_channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace fihost {
namespace {

// How long a stop may go unnoticed.
constexpr auto stop_latency = std::chrono::milliseconds(50);

}  // namespace

LineChannel::Result LineChannel::wait(short events, Clock::time_point deadline,
                                      const std::stop_token& stop) const {
  for (;;) {
    if (stop.stop_requested()) return Result::cancelled;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0 && Clock::now() >= deadline) return Result::timed_out;
    const auto pause = std::clamp(left, std::chrono::milliseconds(1), stop_latency);
    pollfd entry{socket_.get(), events, 0};
    const int n = ::poll(&entry, 1, static_cast<int>(pause.count()));
    if (n > 0) return Result::ok;  // an error or hang-up shows in the call that follows
    if (n < 0 && errno != EINTR) return Result::closed;
  }
}

LineChannel::Result LineChannel::write(std::string line, Clock::time_point deadline,
                                       const std::stop_token& stop) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    if (const auto ready = wait(POLLOUT, deadline, stop); ready != Result::ok) return ready;
    const ssize_t n = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) return Result::closed;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return Result::ok;
}

LineChannel::Result LineChannel::read(std::string& line, Clock::time_point deadline,
                                      const std::stop_token& stop) {
  for (;;) {
    if (const auto end = pending_.find('\n', scanned_); end != std::string::npos) {
      line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      scanned_ = 0;
      return Result::ok;
    }
    scanned_ = pending_.size();
    if (pending_.size() > limit_bytes_) return Result::too_long;
    if (const auto ready = wait(POLLIN, deadline, stop); ready != Result::ok) return ready;
    char chunk[1 << 16];
    const ssize_t n = ::recv(socket_.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return Result::closed;
    pending_.append(chunk, static_cast<std::size_t>(n));
  }
}

}  // namespace fihost
