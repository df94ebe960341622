// What takes part in an evolution keeps to its schema, as far as it can be asked without a network.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/plugin/config_schema.hpp"
#include "core/plugin/registry.hpp"

namespace {

using fihost::ConfigSchema;
using fihost::Json;
namespace fs = std::filesystem;

void check(const std::string& op, const Json& request, const Json& reply) {
  const ConfigSchema schema(fihost::read_text(fs::path(FIHOST_SCHEMAS) / (op + ".json")), op);
  CHECK_NOTHROW(schema.check({{"request", request}, {"reply", reply}}));
}

std::vector<std::string> ids(const fihost::Registry& registry, const std::string& kind) {
  std::vector<std::string> found;
  for (const auto& info : registry.components()) {
    if (info.kind == kind) found.push_back(info.id);
  }
  return found;
}

Json workload(const char* uuid, int rows, double latency_ms) {
  return {{"uuid", uuid},
          {"axes", {{"batch_size", rows}}},
          {"status", "PASSED"},
          {"latency_ms", latency_ms},
          {"speedup", 1 / latency_ms}};
}

/// Two tunable parents, each faster at other sizes.
Json propose_request() {
  const fs::path task = FIHOST_TASK;
  const auto source = fihost::read_text(task / "tunable.cpp");
  auto other = source;
  other.replace(other.find("lanes, 4,"), 9, "lanes, 8,");
  const auto parent = [](int id, const std::string& text, double small, double large) {
    return Json{{"id", id},
                {"name", "gen_" + std::to_string(id)},
                {"source", text},
                {"language", "cpp"},
                {"score", 1.0},
                {"workloads", Json::array({workload("s", 1, small), workload("l", 4096, large)})}};
  };
  return {{"definition", fihost::read_json(task / "definition.json")},
          {"parents", Json::array({parent(1, source, 0.5, 2.0), parent(2, other, 1.0, 1.0)})},
          {"device", {{"type", "cpu"}, {"name", "any"}, {"arch", ""}}},
          {"sections", Json::object()},
          {"seed", 7},
          {"count", 1}};
}

/// The host: a model that changes a constant, and a device on which later sources are faster.
struct Host {
  std::string source;
  std::set<std::string> asked = {};

  Json serve(const std::string& slot, const std::string& op, const Json& request) {
    asked.insert(slot);
    const Json reply = slot == "llm" ? answer() : times(request);
    check(slot + "." + op, request, reply);
    return reply;
  }
  [[nodiscard]] Json answer() const {
    auto text = source;
    text.replace(text.find("unroll, 1,"), 10, "unroll, 2,");
    return {{"text", "IDEA: unroll\n```cpp\n" + text + "\n```\n"}, {"finish", "stop"}};
  }
  static Json times(const Json& request) {
    Json results = Json::array();
    for (std::size_t i = 0; i < request.at("candidates").size(); ++i) {
      const double speed = 1 + static_cast<double>(i);
      results.push_back({{"status", "PASSED"},
                         {"score", speed},
                         {"workloads", Json::array({workload("s", 1, 1 / speed)})}});
    }
    return {{"results", std::move(results)}};
  }
};

/// Answers the first request of a mailbox, as a person would.
std::jthread reader_of(const fs::path& folder) {
  return std::jthread([folder](const std::stop_token& stop) {
    while (!stop.stop_requested() && !fs::exists(folder / "1.request.json")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (!stop.stop_requested()) fihost::write_text(folder / "1.reply.md", "faster");
  });
}

}  // namespace

TEST_CASE("every mutator keeps to the schemas, in what it replies and in what it asks") {
  const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  const Json request = propose_request();
  std::set<std::string> asked;
  for (const auto& id : ids(registry, "mutator/1")) {
    CAPTURE(id);
    Host host{request["parents"][0]["source"].get<std::string>()};
    const auto mutator = registry.create("mutator/1", id, Json::object());
    const Json reply = mutator->invoke(
        "propose", request, [&](const std::string& slot, const std::string& op, const Json& asks) {
          return host.serve(slot, op, asks);
        });
    check("mutator.propose", request, reply);
    INFO(fihost::dump(reply));
    CHECK(reply["children"].size() == 1);
    asked.insert(host.asked.begin(), host.asked.end());
  }
  CHECK(asked == std::set<std::string>{"llm", "measure"});
}

TEST_CASE("every model backend that needs no network keeps to the schema") {
  const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  const fihost::TempDir temp;
  fihost::write_text(temp.path() / "script.jsonl",
                     "{\"type\": \"exchange\", \"reply\": {\"text\": \"faster\"}}\n");
  const std::map<std::string, Json> configurations = {
      {"llm.mailbox", {{"folder", (temp.path() / "box").string()}, {"poll_seconds", 0.02}}},
      {"llm.replay", {{"run", (temp.path() / "script.jsonl").string()}, {"match", "sequence"}}},
  };
  const Json request = {{"messages", Json::array({{{"role", "user"}, {"content", "faster?"}}})},
                        {"limits", {{"output_tokens", 100}, {"seconds", 30}}},
                        {"seed", 7},
                        {"purpose", "propose"}};
  for (const auto& id : ids(registry, "llm/1")) {
    if (id == "llm.openai") continue;  // its own tests have a server
    CAPTURE(id);
    REQUIRE(configurations.contains(id));
    const auto reader = reader_of(temp.path() / "box");
    const auto llm = registry.create("llm/1", id, configurations.at(id));
    const Json reply = llm->invoke("complete", request);
    check("llm.complete", request, reply);
    CHECK(reply["text"] == Json("faster"));
  }
}

TEST_CASE("every profiler says whether it can work, and why not, as the schema has it") {
  const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  const Json request = {{"device", {{"type", "cpu"}, {"name", "any"}, {"arch", ""}}}};
  for (const auto& id : ids(registry, "profiler/1")) {
    CAPTURE(id);
    const Json reply = registry.create("profiler/1", id, Json::object())->invoke("check", request);
    check("profiler.check", request, reply);
    CHECK((reply["usable"] == Json(true) || !reply["reason"].get<std::string>().empty()));
  }
}
