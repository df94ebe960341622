#include "core/eval/judge_client.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fihost/nesting.hpp>
#include <numeric>

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

std::string absolute_text(const std::filesystem::path& object) {
  return object.empty() ? "" : std::filesystem::absolute(object).string();
}

std::vector<std::size_t> asked_workloads(const JudgePart& part, std::size_t all) {
  if (!part.workloads.empty()) return part.workloads;
  std::vector<std::size_t> asked(all);
  std::iota(asked.begin(), asked.end(), std::size_t{0});
  return asked;
}

std::size_t position_of(std::size_t workload, const std::vector<std::size_t>& asked) {
  const auto found = std::find(asked.begin(), asked.end(), workload);
  if (found == asked.end()) fail("it spoke of a workload that it was not asked about");
  return static_cast<std::size_t>(found - asked.begin());
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
      const bool flat = sdk::excess_nesting(line) == std::string::npos;
      auto message = flat ? Json::parse(line, nullptr, false) : Json();
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

std::size_t JudgeClient::index_of(const Json& message) const {
  const auto uuid = message.at("workload").get<std::string>();
  const auto found = std::find(settings_.workloads.begin(), settings_.workloads.end(), uuid);
  if (found == settings_.workloads.end()) fail("it spoke of a workload that it was not given");
  return static_cast<std::size_t>(found - settings_.workloads.begin());
}

void JudgeClient::add_part(Json& request, const JudgePart& part) const {
  if (!part.workloads.empty()) {
    Json uuids = Json::array();
    for (const std::size_t index : part.workloads) uuids.push_back(settings_.workloads.at(index));
    request["workloads"] = uuids;
  }
  if (part.quick) request["timing"] = *part.quick ? "quick" : "default";
}

void JudgeClient::take(const Json& message, const JudgeEvents& events,
                       const OnTrial& on_trial) const {
  const auto& event = message["event"];
  if (event == "stage" && events.stage) {
    events.stage(index_of(message), message.at("stage").get<std::string>());
  }
  if (event == "trial") on_trial(message, index_of(message), parse_trial(message.at("trial")));
}

std::optional<Json> JudgeClient::converse(Json request, const std::string& last,
                                          const JudgeEvents& events, const OnTrial& on_trial,
                                          std::string& end) {
  const auto id = next_id_++;
  request["id"] = id;
  end = send(request);
  while (end.empty()) {
    auto answer = receive(Clock::now() + settings_.quiet_limit, end);
    if (!answer) break;
    const auto& event = (*answer)["event"];
    try {
      if (event == "progress") {
        if (events.progress) events.progress(first_line(answer->at("text").get<std::string>()));
        continue;
      }
      if (event == "failed") {
        end = finish(answer->at("error").get<std::string>());
        break;
      }
      if (answer->at("id").get<std::uint64_t>() != id) continue;
      if (event == last) return answer;
      take(*answer, events, on_trial);
    } catch (const Cancelled&) {
      throw;
    } catch (const std::exception& e) {  // Json::exception, or Error of parse_trial()
      process_->kill();
      end = finish(std::string("its message has another shape: ") + e.what());
    }
  }
  return std::nullopt;
}

Evaluated JudgeClient::evaluate(const std::filesystem::path& object, const EvaluateOptions& options,
                                const JudgeEvents& events) {
  if (!process_) open(events);
  const auto begin = Clock::now();
  const auto asked = asked_workloads(options.part, settings_.workloads.size());
  std::vector<std::optional<Trial>> trials(asked.size());
  Json request = {{"op", "evaluate"}, {"object", absolute_text(object)}, {"role", options.role}};
  if (const auto& entry = options.tvm_ffi) {
    request["tvm_ffi"] = {{"function", entry->function}, {"runtime", entry->runtime}};
  }
  add_part(request, options.part);
  Evaluated result;
  const auto on_trial = [&](const Json&, std::size_t workload, Trial trial) {
    auto& place = trials[position_of(workload, asked)];
    place = std::move(trial);
    if (events.trial) events.trial(workload, *place);
  };
  const auto answer = converse(request, "evaluated", events, on_trial, result.judge_end);
  if (answer) result.name = answer->value("name", std::string());
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  result.trials = complete(std::move(trials), result.judge_end.empty()
                                                  ? "the judge gave no result for this workload"
                                                  : "the judge ended: " + result.judge_end);
  return result;
}

Matched JudgeClient::match(const std::vector<std::filesystem::path>& objects, std::size_t rounds,
                           const JudgePart& part, const JudgeEvents& events) {
  if (!process_) open(events);
  const auto begin = Clock::now();
  const auto asked = asked_workloads(part, settings_.workloads.size());
  Matched result;
  result.names.resize(objects.size());
  result.trials.assign(objects.size(), std::vector<std::optional<Trial>>(asked.size()));
  Json request = {{"op", "match"}, {"objects", Json::array()}, {"rounds", rounds}};
  for (const auto& object : objects) {
    request["objects"].push_back({{"object", absolute_text(object)}});
  }
  add_part(request, part);
  const auto on_trial = [&](const Json& message, std::size_t workload, Trial trial) {
    const std::size_t object = message.at("object");
    if (object >= objects.size()) fail("it spoke of an object that it was not given");
    auto& place = result.trials[object][position_of(workload, asked)];
    place = std::move(trial);
    if (events.trial) events.trial(workload, *place);
  };
  const auto answer = converse(request, "matched", events, on_trial, result.judge_end);
  if (answer) {
    const auto names = answer->value("names", std::vector<std::string>());
    if (names.size() == objects.size()) result.names = names;
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return result;
}

}  // namespace fihost
