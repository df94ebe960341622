#include "core/base/line_channel.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

namespace {

using Result = fihost::LineChannel::Result;

/// A channel with lines of at most 1000 bytes, and the raw other end.
struct Ends {
  Ends() {
    int sockets[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
    channel = fihost::LineChannel(fihost::UniqueFd(sockets[0]), 1000);
    other.reset(sockets[1]);
  }
  void send(const std::string& text) {
    REQUIRE(::write(other.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  Result read() {
    return channel.read(line, fihost::Clock::now() + std::chrono::milliseconds(100), {});
  }
  fihost::LineChannel channel;
  fihost::UniqueFd other;
  std::string line;
};

}  // namespace

TEST_CASE("lines arrive one by one however they were sent") {
  Ends ends;
  ends.send("one\ntwo\nth");
  CHECK(ends.read() == Result::ok);
  CHECK(ends.line == "one");
  CHECK(ends.read() == Result::ok);
  CHECK(ends.line == "two");
  CHECK(ends.read() == Result::timed_out);
  ends.send("ree\n");
  CHECK(ends.read() == Result::ok);
  CHECK(ends.line == "three");
}

TEST_CASE("a line over the limit is refused while it grows") {
  Ends ends;
  ends.send(std::string(2000, 'x'));
  CHECK(ends.read() == Result::too_long);
}

TEST_CASE("a closed end is told from silence, for reading and for writing") {
  Ends ends;
  ends.send("last\n");
  ends.other.reset();
  CHECK(ends.read() == Result::ok);
  CHECK(ends.read() == Result::closed);
  const auto later = fihost::Clock::now() + std::chrono::seconds(5);
  CHECK(ends.channel.write("hello", later, {}) == Result::closed);
}
