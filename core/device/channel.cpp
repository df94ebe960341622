#include "core/device/channel.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/error.hpp"

namespace fihost::device {

bool Channel::send(const Message& message, int attached_fd) {
  iovec part{const_cast<Message*>(&message), sizeof message};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (attached_fd >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &attached_fd, sizeof attached_fd);
  }
  ssize_t n = 0;
  while ((n = ::sendmsg(fd_.get(), &header, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
  }
  return n == static_cast<ssize_t>(sizeof message);
}

std::optional<Packet> Channel::receive() {
  Packet packet;
  iovec part{&packet.message, sizeof packet.message};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t n = 0;
  while ((n = ::recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  const cmsghdr* rights = n > 0 ? CMSG_FIRSTHDR(&header) : nullptr;
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    packet.fd.reset(fd);
  }
  const bool whole = n == static_cast<ssize_t>(sizeof packet.message) &&
                     (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
  if (!whole || packet.message.magic != message_magic) return std::nullopt;
  return packet;
}

std::pair<UniqueFd, UniqueFd> make_channel() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    fail("cannot make a socket pair: {}", errno_text(errno));
  }
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

void set_text(Message& message, std::string_view text) {
  const std::size_t n = std::min(text.size(), sizeof message.text - 1);
  std::memcpy(message.text, text.data(), n);
  message.text[n] = '\0';
}

std::string get_text(const char* text, std::size_t capacity) {
  return {text, ::strnlen(text, capacity)};
}

}  // namespace fihost::device
