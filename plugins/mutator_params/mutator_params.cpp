// The next candidate is the parent with other values of its tunables.
#include <algorithm>
#include <fihost/plugin.hpp>
#include <memory>
#include <random>

#include "space.hpp"
#include "sweep.hpp"
#include "tried_points.hpp"

namespace {

using fihost::sdk::Context;
using fihost::sdk::Error;
using fihost::sdk::Json;
using namespace params;

Json nothing(const std::string& reason, const Json& details = {}) {
  Json failure = {{"stage", "search"}, {"reason", reason}};
  if (!details.is_null()) failure["text"] = details.dump();
  return {{"children", Json::array()}, {"failures", Json::array({failure})}};
}

// Null with the reason in `why` when a declaration is wrong.
std::unique_ptr<Space> read_space(const std::string& source, std::string& why) {
  try {
    return std::make_unique<Space>(source);
  } catch (const Error& error) {
    why = error.what();
    return nullptr;
  }
}

Json table(const Space& space, const std::vector<Trial>& trials) {
  Json rows = Json::array();
  for (const Trial& trial : trials) {
    Json row = {{"values", space.values(trial.point)},
                {"status", trial.status},
                {"score", trial.score ? Json(*trial.score) : Json()},
                {"workloads", trial.workloads}};
    if (!trial.log.empty()) row["log"] = trial.log.substr(0, 200);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> uuids(const Json& parent) {
  std::vector<std::string> result;
  for (const Json& workload : parent.value("workloads", Json::array()))
    result.push_back(workload.at("uuid").get<std::string>());
  return result;
}

// The best of the last rung; the others were measured on fewer workloads.
const Trial& best(const std::vector<Trial>& trials) {
  const Trial* winner = &trials.front();
  for (const Trial& trial : trials)
    if (trial.score && trial.workloads == trials.front().workloads &&
        *trial.score > winner->score.value_or(0))
      winner = &trial;
  return *winner;
}

class Params final : public fihost::sdk::Mutator {
 public:
  static constexpr const char* id = "mutator.params";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "other values of the constants declared with FIHOST_TUNE";
  static constexpr const char* config_schema = R"({
    "type": "object",
    "properties": {
      "points": {"type": "integer", "minimum": 1, "maximum": 4096, "default": 16,
                 "description": "points to measure in one call"},
      "first_workloads": {"type": "integer", "minimum": 1, "default": 2,
                          "description": "workloads that all points are measured on"}
    },
    "additionalProperties": false
  })";

  Params(const Json& config, const Context&)
      : points_(config.value("points", std::size_t{16})),
        first_workloads_(config.value("first_workloads", std::size_t{2})) {}

  Json propose(const Json& request, const Context& context) override {
    const Json& parents = request.at("parents");
    if (parents.empty()) return nothing("there is no parent whose constants could be changed");
    std::string why;
    const auto space = read_space(parents[0].at("source").get<std::string>(), why);
    if (!space) return nothing(why);
    if (space->size() < 2) return nothing("the parent declares nothing to tune (fihost/tune.h)");
    return search(*space, request, context);
  }

 private:
  // The points that the request's programs are at were measured by the host.
  static void add_known(const Space& space, const Json& parents, std::set<Point>& tried) {
    const std::string frame = space.frame();
    for (const Json& parent : parents) {
      std::string why;
      const auto other = read_space(parent.at("source").get<std::string>(), why);
      if (other && other->frame() == frame) tried.insert(other->current());
    }
  }

  Json search(const Space& space, const Json& request, const Context& context) {
    const Json& parent = request.at("parents")[0];
    const Json device = request.value("device", Json::object());
    const Json language = parent.at("language");
    std::set<Point>& tried = tried_.of(device.value("name", std::string()) + "\n" + space.frame());
    add_known(space, request.at("parents"), tried);
    std::mt19937_64 random(request.value("seed", std::uint64_t{0}));
    const Choice choice = choose(space, limits(device), tried, points_, random);
    if (choice.points.empty())
      return nothing("all points were measured: " + std::to_string(tried.size()) + " of " +
                     std::to_string(space.size()) + ", the others break a condition");

    const Point current = space.current();
    const Measure measure = [&](const std::vector<Point>& points,
                                const std::vector<std::string>& workloads) {
      context.check_cancelled();
      Json question = {{"candidates", Json::array()}, {"language", language}};
      for (const Point& point : points)
        question["candidates"].push_back(
            {{"source", space.at(point)}, {"note", space.change(current, point)}});
      if (!workloads.empty()) question["workloads"] = workloads;
      return context.ask("measure", "measure", question);
    };
    const auto trials = halve(current, choice.points, first_workloads_, uuids(parent), measure);
    if (!trials.front().score)
      return nothing("the parent itself did not pass: " + trials.front().status);
    tried.insert(choice.points.begin(), choice.points.end());
    return reply(space, trials, choice.complete);
  }

  static Json reply(const Space& space, const std::vector<Trial>& trials, bool complete) {
    Json details = {{"table", table(space, trials)},
                    {"sensitivity", sensitivity(space, trials)},
                    {"complete", complete}};
    const Trial& winner = best(trials);
    const Point current = space.current();
    if (winner.point == current)
      return nothing("the parent is the best of " + std::to_string(trials.size()) + " points",
                     details);
    const Json child = {{"source", space.at(winner.point)},
                        {"note", space.change(current, winner.point)},
                        {"details", details}};
    return {{"children", Json::array({child})}, {"failures", Json::array()}};
  }

  std::size_t points_, first_workloads_;
  TriedPoints tried_;
};

}  // namespace

FIHOST_PLUGIN("mutator_params", Params);
