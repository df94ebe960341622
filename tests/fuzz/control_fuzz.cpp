// What host and judge say to each other, a JSON document a line.
#include <sys/socket.h>

#include "core/base/json.hpp"
#include "core/base/line_channel.hpp"
#include "core/device/session_request.hpp"
#include "core/eval/device_info.hpp"
#include "core/eval/first_line.hpp"
#include "core/model/lax_json.hpp"
#include "core/model/trial.hpp"
#include "tests/fuzz/foreign.hpp"

namespace {

using fihost::Json;
using fihost::LineChannel;

constexpr std::size_t longest_line = 4096;

/// What both sides make of one message; a key of the wrong type is a Json::exception for them.
void take(const std::string& line) {
  static_cast<void>(fihost::first_line(line.substr(0, 80)));
  Json message;
  if (!foreign::accepted([&] { message = fihost::parse_json(line, "host"); })) return;
  const auto understood = [](const auto& read) noexcept {
    try {
      read();
    } catch (const Json::exception&) {
    } catch (const fihost::Error&) {
    }
  };
  understood([&] { static_cast<void>(fihost::device::parse_session_request(message)); });
  understood([&] { static_cast<void>(fihost::device::parse_part(message)); });
  understood([&] { static_cast<void>(fihost::parse_device(message.at("device"))); });
  static_cast<void>(foreign::accepted([&] {
    const auto trial = fihost::parse_trial(fihost::member(message, "trial"));
    static_cast<void>(fihost::dump(to_json(trial)));
  }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  int ends[2];
  foreign::promise(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "a socket");
  LineChannel channel(fihost::UniqueFd{ends[0]}, longest_line);
  fihost::UniqueFd other{ends[1]};
  const ssize_t sent = ::send(other.get(), data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(size)) return 0;  // longer than a socket holds
  other.reset();
  std::string line;
  const auto deadline = fihost::Clock::now() + std::chrono::seconds(60);
  auto result = LineChannel::Result::ok;
  while ((result = channel.read(line, deadline, {})) == LineChannel::Result::ok) take(line);
  foreign::promise(result == LineChannel::Result::closed || result == LineChannel::Result::too_long,
                   "a channel that was closed ends");
  return 0;
}
