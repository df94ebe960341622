// A SOCK_SEQPACKET pair that carries Messages and file descriptors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/process.hpp"
#include "core/base/unique_fd.hpp"
#include "core/device/message.hpp"

namespace fihost::device {

struct Packet {
  Message message;
  UniqueFd fd;  ///< none unless the sender attached one
};

/// One end. Not thread-safe.
class Channel {
 public:
  explicit Channel(UniqueFd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  /// False when the other side is gone.
  [[nodiscard]] bool send(const Message& message, int attached_fd = -1);
  /// The next message. None when the other side is gone or sent something that is no Message.
  [[nodiscard]] std::optional<Packet> receive();

 private:
  UniqueFd fd_;
};

/// Both ends, close-on-exec.
[[nodiscard]] std::pair<UniqueFd, UniqueFd> make_channel();

/// Copy text into a message, cut to what fits, always terminated.
void set_text(Message& message, std::string_view text);
/// The text of a message from the other side, which may not be terminated or not be UTF-8.
[[nodiscard]] std::string get_text(const char* text, std::size_t capacity);

}  // namespace fihost::device
