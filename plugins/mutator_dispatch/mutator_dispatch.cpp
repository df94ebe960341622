// The next candidate is two parents in one, each for the workloads on which it is the faster.
#include <array>
#include <cmath>
#include <cstdio>
#include <fihost/plugin.hpp>
#include <string>

#include "composition.hpp"
#include "part.hpp"
#include "split.hpp"

namespace {

using fihost::sdk::Context;
using fihost::sdk::Json;
using namespace dispatch;

Json nothing(const std::string& reason) {
  return {{"children", Json::array()},
          {"failures", Json::array({Json{{"stage", "search"}, {"reason", reason}}})}};
}

std::string percent(double gain) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", (gain - 1) * 100);
  return text;
}

std::string name_of(const Json& parent, std::size_t index) {
  return parent.value("name", "parent " + std::to_string(index));
}

Json details(const Split& split) {
  Json intervals = Json::array();
  for (const Interval& interval : split.intervals)
    intervals.push_back({{"limit", interval.limit == INT64_MAX ? Json() : Json(interval.limit)},
                         {"parent", interval.part}});
  return {{"axis", split.axis}, {"intervals", intervals}, {"expected_gain", split.gain}};
}

class Dispatch final : public fihost::sdk::Mutator {
 public:
  static constexpr const char* id = "mutator.dispatch";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "two parents in one source, chosen by the size of an axis";
  static constexpr bool concurrent = true;
  static constexpr const char* config_schema = R"({
    "type": "object",
    "properties": {
      "min_gain": {"type": "number", "minimum": 0, "default": 0.01,
                   "description": "share by which the child must be expected to beat both parents"}
    },
    "additionalProperties": false
  })";

  Dispatch(const Json& config, const Context&) : min_gain_(config.value("min_gain", 0.01)) {}

  Json propose(const Json& request, const Context&) override {
    const Json& parents = request.at("parents");
    if (parents.size() < 2) return nothing("a dispatcher needs two parents");
    if (parents[0].at("language") != parents[1].at("language"))
      return nothing("the parents are in different languages");
    if (parents[0].at("source") == parents[1].at("source"))
      return nothing("both parents are the same");
    return join(request.at("definition"), parents);
  }

 private:
  [[nodiscard]] Json join(const Json& definition, const Json& parents) const {
    Composition plan;
    plan.split = best_split(definition, parents[0], parents[1]);
    if (plan.split.intervals.empty())
      return nothing("no variable axis separates the workloads that both parents passed");
    if (plan.split.gain <= 1 + min_gain_)
      return nothing("the best split, along " + plan.split.axis + ", gains " +
                     percent(plan.split.gain) + " over the better parent");
    plan.axis_value = axis_expression(definition, plan.split.axis);
    if (plan.axis_value.empty())
      return nothing("no tensor has the axis " + plan.split.axis + " as a dimension");

    std::array<Part, 2> parts;
    for (std::size_t i = 0; i < 2; ++i) {
      plan.part_names[i] = name_of(parents[i], i);
      parts[i] = take_apart(parents[i].at("source").get<std::string>());
      if (!parts[i].refusal.empty()) return nothing(plan.part_names[i] + ": " + parts[i].refusal);
    }
    const std::string why = mismatch(parts);
    if (!why.empty()) return nothing(why);
    plan.name = "dispatch";
    plan.definition = definition.at("name").get<std::string>();
    Json child = {{"source", compose(plan, parts)},
                  {"note", "by " + plan.split.axis + ": " + describe(plan) + ", " +
                               percent(plan.split.gain) + " expected"},
                  {"parents", Json::array({0, 1})},
                  {"details", details(plan.split)}};
    return {{"children", Json::array({std::move(child)})}, {"failures", Json::array()}};
  }

  double min_gain_;
};

}  // namespace

FIHOST_PLUGIN("mutator_dispatch", Dispatch);
