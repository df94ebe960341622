#include "core/device/channel.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "core/device/object.hpp"

using namespace fihost;
using namespace fihost::device;

TEST_CASE("a message and its descriptor arrive whole") {
  auto [a, b] = make_channel();
  Channel left(std::move(a)), right(std::move(b));
  Message message;
  message.kind = MessageKind::run;
  message.a = 77;
  const UniqueFd null(::open("/dev/null", O_RDONLY));
  REQUIRE(left.send(message, null.get()));
  const auto packet = right.receive();
  REQUIRE(packet.has_value());
  CHECK(packet->message.kind == MessageKind::run);
  CHECK(packet->message.a == 77);
  CHECK(packet->fd);
}

TEST_CASE("what is not a message reads as the end") {
  auto [a, b] = make_channel();
  Channel right(std::move(b));
  SUBCASE("too short") { REQUIRE(::send(a.get(), "hello", 5, 0) == 5); }
  SUBCASE("too long") {
    const std::string text(8000, 'x');
    REQUIRE(::send(a.get(), text.data(), text.size(), 0) == 8000);
  }
  SUBCASE("wrong magic") {
    Message message;
    message.magic = 1;
    REQUIRE(::send(a.get(), &message, sizeof message, 0) > 0);
  }
  SUBCASE("the other side is gone") { a.reset(); }
  CHECK_FALSE(right.receive().has_value());
}

TEST_CASE("text is cut to the message and always terminated") {
  Message message;
  set_text(message, std::string(100'000, 'x'));
  CHECK(get_text(message.text, sizeof message.text).size() == sizeof message.text - 1);
  std::memset(message.text, 'y', sizeof message.text);
  CHECK(get_text(message.text, sizeof message.text).size() == sizeof message.text);
}

TEST_CASE("code runs on its own generation only, arch-specific code on its own GPU only") {
  CHECK(arch_refusal("", "sm_90").empty());
  CHECK(arch_refusal("sm_90", "sm_90").empty());
  CHECK(arch_refusal("sm_90a", "sm_90").empty());
  CHECK(arch_refusal("sm_80", "sm_89").empty());
  CHECK_FALSE(arch_refusal("sm_89", "sm_80").empty());
  CHECK_FALSE(arch_refusal("sm_80", "sm_90").empty());
  CHECK_FALSE(arch_refusal("sm_100a", "sm_103").empty());
  CHECK_FALSE(arch_refusal("sm_100a", "sm_90").empty());
  CHECK_FALSE(arch_refusal("nonsense", "sm_90").empty());
}
