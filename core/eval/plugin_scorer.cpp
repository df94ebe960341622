#include "core/eval/plugin_scorer.hpp"

#include "core/base/error.hpp"

namespace fihost {
namespace {

Json to_json(const ScoreRequest& request) {
  Json workloads = Json::array();
  for (const auto& w : request.workloads) {
    workloads.push_back({{"uuid", w.uuid},
                         {"axes", w.axes},
                         {"status", name(Status::passed)},
                         {"latency_ms", w.latency_ms},
                         {"baseline_latency_ms", w.baseline_ms},
                         {"speedup", w.baseline_ms / w.latency_ms}});
  }
  return {{"definition", request.definition},
          {"candidate", request.candidate},
          {"baseline", {{"kind", request.baseline_kind}, {"name", request.baseline_name}}},
          {"workloads", std::move(workloads)}};
}

Score parse_score(const Json& reply) {
  try {
    Score score;
    score.reasons = reply.value("reasons", std::vector<std::string>{});
    const auto& value = reply.at("score");
    if (!value.is_null() && reply.at("passed").get<bool>()) score.value = value.get<double>();
    return score;
  } catch (const Json::exception& e) {
    fail("the scorer's reply is not as scorer.score.json says ({}): found {}", e.what(),
         dump(reply).substr(0, 120));
  }
}

}  // namespace

Scorer plugin_scorer(Component& component) {
  return [&component](const ScoreRequest& request) {
    return parse_score(component.invoke("score", to_json(request)));
  };
}

}  // namespace fihost
