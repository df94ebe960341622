// Speaks the worker's protocol. What it does with an object is in the object's file name.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include "core/base/json.hpp"
#include "core/model/trial.hpp"

namespace {

using fihost::Json;

void send_text(const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(3, text.data() + done, text.size() - done);
    if (n <= 0) std::exit(0);
    done += static_cast<std::size_t>(n);
  }
}

void send(const Json& message) { send_text(fihost::dump(message) + "\n"); }

[[noreturn]] void hang() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

std::string receive() {
  std::string line;
  char c = 0;
  while (::read(3, &c, 1) == 1) {
    if (c == '\n') return line;
    line += c;
  }
  std::exit(0);  // the host closed its end
}

Json trial(const Json& id, const Json& uuid, double latency_ms) {
  fihost::Trial passed;
  passed.status = fihost::Status::passed;
  passed.correctness = fihost::Correctness{};
  passed.timing = fihost::Timing{};
  passed.timing->latency_ms = latency_ms;
  passed.timing->low_ms = 0.99 * latency_ms;
  passed.timing->high_ms = 1.01 * latency_ms;
  passed.timing->samples = 10;
  return {{"event", "trial"},
          {"id", id},
          {"workload", uuid},
          {"trial", fihost::to_json(passed)},
          {"seconds", 0.1}};
}

/// After the first workload's trial: the misbehaviour that `name` asks for.
void misbehave(const std::string& name, const Json& id) {
  if (name == "crash") {
    std::fprintf(stderr, "something\nlast words\n");
    std::raise(SIGSEGV);
  }
  if (name == "exit") std::exit(3);
  if (name == "hang") hang();
  if (name == "garbage") send_text("this is no message\n");
  if (name == "shape") send({{"event", "trial"}, {"id", id}, {"workload", 5}});
  if (name == "stranger") send(trial(id, "no-such-workload", 1));
  if (name == "huge") {
    for (;;) send_text(std::string(1 << 16, 'x'));
  }
}

std::string stem(const Json& path) {
  return std::filesystem::path(path.get<std::string>()).stem().string();
}

/// A failure whose log tells what the judge was asked for.
Json echo(const Json& id, const Json& uuid, const Json& message) {
  Json event = trial(id, uuid, 1);
  event["trial"] = fihost::to_json(fihost::Trial{
      .status = fihost::Status::runtime_error,
      .correctness = {},
      .timing = {},
      .log = uuid.get<std::string>() + " " + message.value("timing", std::string("as opened"))});
  return event;
}

/// "slow" takes three times as long, "wrong" fails at once, which ends the match.
void match(const Json& message, const Json& opened) {
  const auto& id = message["id"];
  const Json workloads = message.value("workloads", opened);
  const auto rounds = message["rounds"].get<std::size_t>();
  Json names = Json::array();
  bool over = false;
  for (const auto& object : message["objects"]) names.push_back(stem(object["object"]));
  for (const auto& uuid : workloads) {
    for (std::size_t i = 0; i < names.size() && !over; ++i) {
      const double latency = names[i] == "slow" ? 3 : 1;
      Json event = trial(id, uuid, latency);
      event["object"] = names[i] == "stranger" ? 7 : i;
      event["trial"]["timing"]["processes_ms"] = std::vector<double>(rounds, latency);
      if (names[i] == "wrong") {
        event["trial"]["status"] = "INCORRECT_NUMERICAL";
        over = true;
      }
      send(event);
      misbehave(names[i], id);
    }
  }
  send({{"event", "matched"}, {"id", id}, {"names", names}, {"seconds", 1}});
}

void evaluate(const Json& message, const Json& opened) {
  const Json workloads = message.value("workloads", opened);
  const auto name = stem(message["object"]);
  const bool reference = message["role"] == "reference";
  const auto& id = message["id"];
  if (name == "hang") send({{"event", "progress"}, {"text", std::to_string(::getpid())}});
  send(trial(99999, workloads[0], 1e9));  // of another candidate: to be ignored
  for (const auto& uuid : workloads) {
    send({{"event", "stage"}, {"id", id}, {"workload", uuid}, {"stage", "time"}});
    send(name == "echo" ? echo(id, uuid, message) : trial(id, uuid, reference ? 2 : 1));
    misbehave(name, id);
    if (name == "half") break;
  }
  if (name == "talkative") {
    for (const auto& uuid : opened) send(trial(id, uuid, 1));
  }
  send({{"event", "evaluated"}, {"id", id}, {"name", std::to_string(::getpid())}, {"seconds", 1}});
}

void judge() {
  const auto open = Json::parse(receive());
  const std::string definition = open["definition"];
  if (definition == "no memory") {
    send({{"event", "failed"}, {"error", "out of memory"}, {"fault", "environment"}});
    return;
  }
  if (definition == "dies") {
    std::fprintf(stderr, "cannot go on\n");
    std::exit(5);
  }
  send({{"event", "progress"}, {"text", "making data"}});
  send({{"event", "opened"},
        {"device", {{"type", "cpu"}, {"ordinal", 0}, {"name", "fake"}}},
        {"timer", "fake clock"},
        {"seed", open["seed"]},
        {"null_call_ms", 0.5}});
  for (;;) {
    const auto message = Json::parse(receive());
    message["op"] == "match" ? match(message, open["workloads"])
                             : evaluate(message, open["workloads"]);
  }
}

int inspect(const std::filesystem::path& file) {
  const auto name = file.stem().string();
  if (name == "crash") std::raise(SIGSEGV);
  if (name == "exit") return 0;
  if (name == "hang") hang();
  if (name == "forged") send_text("{\"name\": 5}");
  if (name == "flood") {
    for (;;) send_text(std::string(1 << 12, 'x'));
  }
  if (name == "refused") send({{"error", "wrong magic"}});
  if (name == "object" || name == "cuda" || name == "reference") {
    send({{"name", "object"},
          {"definition", "twice"},
          {"arch", nullptr},
          {"role", name == "reference" ? "reference" : "candidate"},
          {"device_type", name == "cuda" ? "cuda" : "cpu"},
          {"flags", 2}});
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "--inspect") return inspect(argv[2]);
  if (mode == "--judge") judge();
  return 0;
}
