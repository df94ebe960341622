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

void evaluate(const Json& message, const Json& workloads) {
  const auto name = std::filesystem::path(message["object"].get<std::string>()).stem().string();
  const bool reference = message["role"] == "reference";
  const auto& id = message["id"];
  if (name == "hang") send({{"event", "progress"}, {"text", std::to_string(::getpid())}});
  send(trial(99999, workloads[0], 1e9));  // of another candidate: to be ignored
  for (const auto& uuid : workloads) {
    send({{"event", "stage"}, {"id", id}, {"workload", uuid}, {"stage", "time"}});
    send(trial(id, uuid, reference ? 2 : 1));
    misbehave(name, id);
    if (name == "half") break;
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
  for (;;) evaluate(Json::parse(receive()), open["workloads"]);
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
