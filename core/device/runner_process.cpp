#include "core/device/runner_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "core/base/error.hpp"

namespace fihost::device {
namespace {

constexpr std::size_t printed_limit_bytes = 64 << 10;

/// A cleared environment but for what the loader, the driver and the sanitizers need.
std::vector<std::string> runner_environment() {
  std::vector<std::string> out = {"PATH=/usr/bin:/bin", "LC_ALL=C", "CUDA_MODULE_LOADING=EAGER",
                                  "CUDA_CACHE_DISABLE=1"};
  for (const char* name : {"LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES",
                           "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) out.push_back(std::string(name) + "=" + value);
  }
  return out;
}

/// The kinds a well-behaved runner answers `request` with.
bool answers(MessageKind request, MessageKind reply) {
  if (request == MessageKind::load) {
    return reply == MessageKind::loaded || reply == MessageKind::refused;
  }
  if (reply == MessageKind::done) return true;
  return (request == MessageKind::shapes && reply == MessageKind::workspace) ||
         (request == MessageKind::time && reply == MessageKind::samples);
}

/// Samples are a claim, but they must at least be numbers.
bool sane(const Message& message) {
  if (message.kind != MessageKind::samples) return true;
  if (message.count > max_samples) return false;
  return std::all_of(message.samples, message.samples + message.count,
                     [](double ms) { return std::isfinite(ms) && ms >= 0; });
}

}  // namespace

RunnerProcess::RunnerProcess(const std::string& worker, const std::string& device,
                             const std::string& flush) {
  auto [mine, theirs] = make_channel();
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) fail("cannot make a pipe: {}", errno_text(errno));
  output_.reset(fds[0]);
  const UniqueFd printed(fds[1]);
  ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  channel_.emplace(std::move(mine));
  Command command;
  command.arguments = {worker, "--runner", "--device", device, "--flush", flush};
  command.environment = runner_environment();
  command.files = {{theirs.get(), 3}, {printed.get(), 1}, {printed.get(), 2}};
  process_.emplace(command);
}

bool RunnerProcess::wait_ready(Clock::time_point deadline) {
  if (ready_) return true;
  Silence silence = Silence::none;
  const auto packet = receive_until(deadline, silence);
  if (!packet || packet->message.kind != MessageKind::ready) return false;
  null_call_ms_ = packet->message.samples[0];
  ready_ = true;
  return true;
}

Reply RunnerProcess::exchange(Message request, std::chrono::milliseconds timeout, int attached_fd) {
  request.sequence = ++sequence_;
  Reply reply;
  const auto deadline = Clock::now() + timeout;
  if (!channel_->send(request, attached_fd)) {
    reply.silence = Silence::ended;
    return reply;
  }
  auto packet = receive_until(deadline, reply.silence);
  if (reply.silence == Silence::timeout) process_->kill();
  if (!packet) return reply;
  const Message& message = packet->message;
  if (message.sequence != request.sequence || !answers(request.kind, message.kind) ||
      !sane(message)) {
    reply.silence = Silence::ended;
    printed_ += "\nthe runner broke the protocol";
    process_->kill();
    return reply;
  }
  reply.message = message;
  return reply;
}

std::optional<Packet> RunnerProcess::receive_until(Clock::time_point deadline, Silence& silence) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd fds[2] = {{channel_->fd(), POLLIN, 0}, {output_.get(), POLLIN, 0}};
    const int n = ::poll(fds, 2, static_cast<int>(std::clamp<long>(left, 0, 1000)));
    if (n < 0 && errno != EINTR) fail("cannot wait for a runner: {}", errno_text(errno));
    if (n > 0 && fds[1].revents != 0) drain_output();
    if (n > 0 && fds[0].revents != 0) {
      auto packet = channel_->receive();
      if (!packet) silence = Silence::ended;
      return packet;
    }
    if (Clock::now() >= deadline) {
      silence = Silence::timeout;
      return std::nullopt;
    }
  }
}

void RunnerProcess::drain_output() {
  char chunk[1 << 14];
  for (;;) {
    const ssize_t n = ::read(output_.get(), chunk, sizeof chunk);
    if (n == 0) output_.reset();  // nobody can write any more; poll(2) ignores it from now on
    if (n <= 0) return;
    const auto room = printed_limit_bytes - std::min(printed_limit_bytes, printed_.size());
    printed_.append(chunk, std::min(room, static_cast<std::size_t>(n)));
  }
}

std::string RunnerProcess::epitaph() {
  // Give a process that is just dying of its own signal the time to do so.
  auto exit = process_->wait_until(Clock::now() + std::chrono::milliseconds(200));
  const bool killed = !exit;
  if (!exit) exit = process_->kill();
  drain_output();
  std::string text = killed ? "killed" : "ended by " + exit->text();
  if (!printed_.empty()) {
    constexpr std::size_t tail = 2000;
    const auto from = printed_.size() > tail ? printed_.size() - tail : 0;
    text += "; it printed: " + printed_.substr(from);
  }
  return text;
}

}  // namespace fihost::device
