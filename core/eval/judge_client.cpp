#include "core/eval/judge_client.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/eval/first_line.hpp"

namespace fihost {
namespace {

// A judge whose socket was closed frees the GPU and ends; longer than this it is not waited for.
constexpr auto farewell = std::chrono::seconds(2);
// Opening may wait for another fihost that holds the GPU, and generate gigabytes of inputs.
constexpr auto open_quiet_limit = std::chrono::hours(24);
constexpr off_t stderr_tail_bytes = 4096;

std::string tail(const UniqueFd& fd) {
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return {};
  std::string text(static_cast<std::size_t>(stderr_tail_bytes), '\0');
  const off_t from = std::max<off_t>(0, status.st_size - stderr_tail_bytes);
  const ssize_t n = ::pread(fd.get(), text.data(), text.size(), from);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

Fault parse_fault(const std::string& text) {
  if (text == "usage") return Fault::usage;
  if (text == "internal") return Fault::internal;
  return Fault::environment;
}

JudgeReady parse_ready(const Json& message) {
  JudgeReady ready;
  ready.device = parse_device(message.at("device"));
  ready.timer = message.at("timer").get<std::string>();
  ready.seed = message.value("seed", std::uint64_t{0});
  ready.null_call_ms = message.value("null_call_ms", 0.0);
  return ready;
}

/// Trials of everything; what the judge never spoke of failed with `reason`.
std::vector<Trial> complete(std::vector<std::optional<Trial>>&& trials, const std::string& reason) {
  std::vector<Trial> out;
  for (auto& trial : trials) {
    if (!trial) {
      trial.emplace();
      trial->status = Status::runtime_error;
      trial->log = reason;
    }
    out.push_back(std::move(*trial));
  }
  return out;
}

}  // namespace

JudgeClient::JudgeClient(JudgeSettings settings, std::stop_token stop)
    : settings_(std::move(settings)), stop_(std::move(stop)) {}

JudgeClient::~JudgeClient() {
  channel_.close();
  if (process_ && !stop_.stop_requested()) {
    static_cast<void>(process_->wait_until(Clock::now() + farewell));
  }
}

void JudgeClient::start() {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    fail("cannot make a socket pair for the judge: {}", errno_text(errno));
  }
  channel_ = LineChannel(UniqueFd(sockets[0]));
  const UniqueFd theirs(sockets[1]);
  Command command;
  command.arguments = {settings_.worker.string(), "--judge", "--device", settings_.device};
  command.files = {{theirs.get(), 3}};
  if (!settings_.inherit_stderr) {
    stderr_.reset(::memfd_create("fihost-judge-stderr", MFD_CLOEXEC));
    if (!stderr_) fail("cannot make a memory file for the judge: {}", errno_text(errno));
    command.files.emplace_back(stderr_.get(), 2);
  }
  process_.emplace(command);
}

std::string JudgeClient::finish(const std::string& why) {
  // An end of file arrives a moment before the process can be reaped.
  auto exit = process_->wait_until(Clock::now() + std::chrono::milliseconds(500));
  std::string text = why.empty() && exit ? exit->text() : why;
  if (!exit) process_->kill();
  if (text.empty()) text = "it closed its socket";
  if (const auto line = last_line(tail(stderr_)); !line.empty()) text += ": " + line;
  channel_.close();
  process_.reset();
  return text;
}

std::string JudgeClient::send(const Json& message) {
  const auto result = channel_.write(dump(message), Clock::now() + settings_.quiet_limit, stop_);
  switch (result) {
    case LineChannel::Result::ok:
      return {};
    case LineChannel::Result::cancelled:
      throw Cancelled{};
    case LineChannel::Result::timed_out:
      return finish("it took no message");
    case LineChannel::Result::closed:
    case LineChannel::Result::too_long:
      break;
  }
  return finish({});
}

std::optional<Json> JudgeClient::receive(Clock::time_point deadline, std::string& end) {
  std::string line;
  switch (channel_.read(line, deadline, stop_)) {
    case LineChannel::Result::ok: {
      auto message = Json::parse(line, nullptr, false);
      if (message.is_object() && message.contains("event") && message["event"].is_string()) {
        return message;
      }
      process_->kill();
      end = finish("it sent a line that is no message: " + first_line(line.substr(0, 80)));
      return std::nullopt;
    }
    case LineChannel::Result::closed:
      end = finish({});
      return std::nullopt;
    case LineChannel::Result::timed_out:
      process_->kill();
      end = finish("it fell silent");
      return std::nullopt;
    case LineChannel::Result::too_long:
      process_->kill();
      end = finish("it sent a line without an end");
      return std::nullopt;
    case LineChannel::Result::cancelled:
      break;
  }
  throw Cancelled{};
}

const JudgeReady& JudgeClient::open(const JudgeEvents& events) {
  start();
  Json message = {{"op", "open"}};
  message.update(settings_.open);
  std::string end = send(message);
  while (end.empty()) {
    const auto answer = receive(Clock::now() + open_quiet_limit, end);
    if (!answer) break;
    const auto& event = (*answer)["event"];
    try {
      if (event == "opened") {
        ready_ = parse_ready(*answer);
        return ready_;
      }
      if (event == "failed") {
        throw Error(answer->at("error").get<std::string>(),
                    parse_fault(answer->value("fault", std::string())));
      }
      if (event == "progress" && events.progress) {
        events.progress(first_line(answer->at("text").get<std::string>()));
      }
    } catch (const Json::exception& e) {
      process_->kill();
      end = finish(std::string("its answer has another shape: ") + e.what());
    }
  }
  throw Error(fmt::format("the judge for {} ended before it was ready: {}", settings_.device, end),
              Fault::internal);
}

std::optional<std::size_t> JudgeClient::index_of(const Json& message) const {
  const auto uuid = message.at("workload").get<std::string>();
  const auto found = std::find(settings_.workloads.begin(), settings_.workloads.end(), uuid);
  if (found == settings_.workloads.end()) return std::nullopt;
  return static_cast<std::size_t>(found - settings_.workloads.begin());
}

bool JudgeClient::take_trial(const Json& message, std::vector<std::optional<Trial>>& trials,
                             const JudgeEvents& events) const {
  const auto index = index_of(message);
  if (!index) return false;
  trials[*index] = parse_trial(message.at("trial"));
  if (events.trial) events.trial(*index, *trials[*index]);
  return true;
}

Evaluated JudgeClient::evaluate(const std::filesystem::path& object, const std::string& role,
                                const JudgeEvents& events,
                                const std::optional<TvmFfiEntry>& tvm_ffi) {
  if (!process_) open(events);
  const auto begin = Clock::now();
  const auto id = next_id_++;
  std::vector<std::optional<Trial>> trials(settings_.workloads.size());
  Evaluated result;
  Json request = {{"op", "evaluate"},
                  {"id", id},
                  {"object", object.empty() ? "" : std::filesystem::absolute(object).string()},
                  {"role", role}};
  if (tvm_ffi) {
    request["tvm_ffi"] = {{"function", tvm_ffi->function}, {"runtime", tvm_ffi->runtime}};
  }
  result.judge_end = send(request);
  while (result.judge_end.empty()) {
    const auto answer = receive(Clock::now() + settings_.quiet_limit, result.judge_end);
    if (!answer) break;
    const auto& event = (*answer)["event"];
    try {
      if (event == "progress") {
        if (events.progress) events.progress(first_line(answer->at("text").get<std::string>()));
        continue;
      }
      if (event == "failed") {
        result.judge_end = finish(answer->at("error").get<std::string>());
        break;
      }
      if (answer->at("id").get<std::uint64_t>() != id) continue;
      if (event == "evaluated") {
        result.name = answer->value("name", std::string());
        break;
      }
      bool known = true;
      if (event == "trial") known = take_trial(*answer, trials, events);
      if (event == "stage" && events.stage) {
        if (const auto index = index_of(*answer)) {
          events.stage(*index, answer->at("stage").get<std::string>());
        }
      }
      if (!known) fail("it spoke of a workload that it was not given");
    } catch (const Cancelled&) {
      throw;
    } catch (const std::exception& e) {  // Json::exception, or Error of parse_trial()
      process_->kill();
      result.judge_end = finish(std::string("its message has another shape: ") + e.what());
    }
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  result.trials = complete(std::move(trials), result.judge_end.empty()
                                                  ? "the judge gave no result for this workload"
                                                  : "the judge ended: " + result.judge_end);
  return result;
}

}  // namespace fihost
