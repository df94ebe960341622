#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "core/plugin/registry.hpp"

namespace {

using fihost::Json;

const std::string source =
    "FIHOST_TUNE(int, threads, 64, 64, 128, 256, 512);\n"
    "FIHOST_TUNE(int, width, 1, 1, 2, 4, 8);\n"
    "FIHOST_TUNE_REQUIRE(threads * width <= 1024);\n";

int value(const std::string& text, const std::string& name) {
  std::smatch found;
  REQUIRE(std::regex_search(text, found, std::regex(", " + name + ", ([0-9]+),")));
  return std::stoi(found[1]);
}

// Stands for the host's slot: times sources by a formula, and remembers what it was asked.
struct Bench {
  std::function<double(int threads, int width, const std::string& uuid)> speed;
  std::vector<Json> questions;
  std::set<std::pair<int, int>> seen;

  Json measure(const std::string& slot, const std::string& op, const Json& request) {
    CHECK(slot == "measure");
    CHECK(op == "measure");
    CHECK(request.at("language") == "cuda");
    questions.push_back(request);
    Json results = Json::array();
    for (const Json& candidate : request.at("candidates"))
      results.push_back(result(candidate.at("source").get<std::string>(),
                               request.value("workloads", Json::array({"s", "m", "l"}))));
    return {{"results", results}};
  }

  Json result(const std::string& text, const Json& uuids) {
    const int threads = value(text, "threads"), width = value(text, "width");
    CHECK(threads * width <= 1024);
    seen.insert({threads, width});
    Json workloads = Json::array();
    double logs = 0;
    for (const Json& uuid : uuids) {
      const double speedup = speed(threads, width, uuid.get<std::string>());
      if (speedup <= 0) return {{"status", "COMPILE_ERROR"}, {"log", "no"}};
      logs += std::log(speedup);
      workloads.push_back(
          {{"uuid", uuid}, {"axes", Json::object()}, {"status", "PASSED"}, {"speedup", speedup}});
    }
    return {{"status", "PASSED"},
            {"workloads", workloads},
            {"score", std::exp(logs / static_cast<double>(uuids.size()))}};
  }
};

Json parent_at(const std::string& text) {
  Json workloads = Json::array();
  for (const char* uuid : {"s", "a", "b", "m", "c", "d", "e", "l"})
    workloads.push_back({{"uuid", uuid}, {"axes", Json::object()}, {"status", "PASSED"}});
  return {{"source", text}, {"language", "cuda"}, {"workloads", workloads}};
}

struct Lane {
  explicit Lane(const Json& config = Json::object())
      : component(fihost::Registry({FIHOST_PLUGIN_FOLDER})
                      .create("mutator/1", "mutator.params", config)) {}

  Json propose(Bench& bench, const std::string& text = source, const Json& parents = {}) {
    Json request = {{"definition", Json::object()},
                    {"parents", Json::array({parent_at(text)})},
                    {"seed", 7},
                    {"count", 1}};
    for (const Json& parent : parents) request["parents"].push_back(parent);
    return component->invoke(
        "propose", request,
        [&](const std::string& slot, const std::string& op, const Json& question) {
          return bench.measure(slot, op, question);
        });
  }

  std::unique_ptr<fihost::Component> component;
};

// Best at 256 threads of width 4.
double hill(int threads, int width, const std::string&) {
  return 4 / (1 + std::abs(std::log2(threads / 256.0)) + std::abs(std::log2(width / 4.0)));
}

std::string reason(const Json& reply) {
  CHECK(reply.at("children").empty());
  REQUIRE(reply.at("failures").size() == 1);
  CHECK(reply.at("failures")[0].at("stage") == "search");
  return reply.at("failures")[0].at("reason").get<std::string>();
}

}  // namespace

TEST_CASE("the best point of a small space is found and named") {
  Bench bench{hill, {}, {}};
  const Json reply = Lane().propose(bench);
  REQUIRE(reply.at("children").size() == 1);
  const Json& child = reply.at("children")[0];
  CHECK(value(child.at("source").get<std::string>(), "threads") == 256);
  CHECK(value(child.at("source").get<std::string>(), "width") == 4);
  CHECK(child.at("note") == "threads 64 -> 256, width 1 -> 4");
  const Json& details = child.at("details");
  CHECK(details.at("table").size() == 13);  // 16, less the three that break the condition
  CHECK(details.at("table")[0].at("values").dump() == R"({"threads":64,"width":1})");
  CHECK(details.at("sensitivity").at("threads").get<double>() > 1.1);
  CHECK(details.at("complete") == true);
}

TEST_CASE("each rung measures half of the points on twice the workloads, and the parent always") {
  Bench bench{hill, {}, {}};
  (void)Lane().propose(bench);
  std::vector<std::pair<std::size_t, std::size_t>> rungs;
  for (const Json& question : bench.questions)
    rungs.emplace_back(question.at("candidates").size(),
                       question.value("workloads", Json::array()).size());
  CHECK(rungs == std::vector<std::pair<std::size_t, std::size_t>>{{1, 0}, {13, 2}, {7, 4}, {4, 8}});
  CHECK(bench.questions[1].at("workloads") == Json::array({"s", "l"}));
  for (const Json& question : bench.questions)
    CHECK(question.at("candidates")[0].at("source") == source);
}

TEST_CASE("a point that is best on the first workloads only does not win") {
  Bench bench{[](int threads, int width, const std::string& uuid) {
                if (threads == 512) return uuid == "s" || uuid == "l" ? 9.0 : 0.5;
                return hill(threads, width, uuid);
              },
              {},
              {}};
  const Json reply = Lane().propose(bench);
  REQUIRE(reply.at("children").size() == 1);
  CHECK(value(reply.at("children")[0].at("source").get<std::string>(), "threads") != 512);
}

TEST_CASE("a point that was dropped does not win by the easy workloads that it was measured on") {
  Bench bench{[](int threads, int width, const std::string& uuid) {
                return hill(threads, width, uuid) * (uuid == "s" || uuid == "l" ? 10 : 1);
              },
              {},
              {}};
  const Json reply = Lane().propose(bench);
  REQUIRE(reply.at("children").size() == 1);
  CHECK(reply.at("children")[0].at("note") == "threads 64 -> 256, width 1 -> 4");
}

TEST_CASE("the next call goes on with other points, until all were measured") {
  Bench bench{
      [](int threads, int width, const std::string&) { return threads * width == 64 ? 2.0 : 1.0; },
      {},
      {}};
  Lane lane(Json{{"points", 5}});
  CHECK(reason(lane.propose(bench)) == "the parent is the best of 6 points");
  CHECK(bench.seen.size() == 6);
  CHECK(bench.seen.contains({128, 1}));  // a neighbour
  CHECK(bench.seen.contains({64, 2}));
  (void)lane.propose(bench);
  CHECK(bench.seen.size() == 11);
  (void)lane.propose(bench);
  CHECK(bench.seen.size() == 13);
  CHECK(reason(lane.propose(bench)) ==
        "all points were measured: 13 of 16, the others break a condition");
}

TEST_CASE("points that other programs of the request are at are not measured again") {
  Bench bench{hill, {}, {}};
  const std::string best =
      std::regex_replace(std::regex_replace(source, std::regex("threads, 64"), "threads, 256"),
                         std::regex("width, 1"), "width, 4");
  (void)Lane().propose(bench, source, Json::array({parent_at(best)}));
  CHECK(bench.seen.size() == 12);
  CHECK(!bench.seen.contains({256, 4}));
}

TEST_CASE("what fails to compile is left out") {
  Bench bench{[](int threads, int width, const std::string& uuid) {
                return width == 4 ? -1 : hill(threads, width, uuid);
              },
              {},
              {}};
  const Json reply = Lane().propose(bench);
  REQUIRE(reply.at("children").size() == 1);
  CHECK(value(reply.at("children")[0].at("source").get<std::string>(), "width") != 4);
}

TEST_CASE("the same seed chooses the same points of a large space") {
  std::string large;
  for (int i = 0; i < 12; ++i)
    large += "FIHOST_TUNE(int, n" + std::to_string(i) + ", 1, 1, 2, 3, 4, 5, 6, 7, 8);\n";
  const auto questions = [&] {
    Bench bench{hill, {}, {}};
    (void)Lane().propose(bench, large + source);
    return bench.questions;
  };
  const auto first = questions();
  CHECK(first == questions());
  CHECK(first.at(1).at("candidates").size() == 17);
}

TEST_CASE("a parent without tunables, or with wrong ones, is a failure with a reason") {
  Bench bench{hill, {}, {}};
  CHECK(reason(Lane().propose(bench, "int main() {}")).find("nothing to tune") !=
        std::string::npos);
  CHECK(reason(Lane().propose(bench, "FIHOST_TUNE(int, n, 3, 1, 2);")).find("FIHOST_TUNE n") == 0);
  Bench broken{[](int, int, const std::string&) { return -1.0; }, {}, {}};
  CHECK(reason(Lane().propose(broken)) == "the parent itself did not pass: COMPILE_ERROR");
}
