#include "core/report/ranking_json.hpp"

#include <cmath>

namespace fihost {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json error_json(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

Json to_json(const WorkloadResult& w) {
  const auto& timing = w.trial.timing;
  const auto& correctness = w.trial.correctness;
  const auto error = [&](double Correctness::*field) {
    return correctness ? error_json((*correctness).*field) : Json(nullptr);
  };
  return {
      {"uuid", w.uuid},
      {"axes", w.axes},
      {"status", name(w.trial.status)},
      {"latency_ms", timing ? Json(timing->latency_ms) : Json(nullptr)},
      {"latency_ci_ms", timing ? Json::array({timing->low_ms, timing->high_ms}) : Json(nullptr)},
      {"samples", timing ? Json(timing->samples) : Json(nullptr)},
      {"baseline_latency_ms", w.baseline ? Json(w.baseline->latency_ms) : Json(nullptr)},
      {"speedup", or_null(w.speedup())},
      {"roofline_fraction", or_null(w.roofline_fraction())},
      {"max_abs_error", error(&Correctness::max_abs_error)},
      {"max_rel_error", error(&Correctness::max_rel_error)},
      {"matched_ratio", error(&Correctness::matched_ratio)},
      {"strict", correctness ? to_json(correctness->strict) : Json(nullptr)},
      {"sm_mhz", timing && timing->sm_mhz > 0 ? Json(timing->sm_mhz) : Json(nullptr)},
      {"throttle", timing ? Json(timing->throttle) : Json(nullptr)},
      {"log", w.trial.log}};
}

Json to_json(const CandidateResult& candidate) {
  Json workloads = Json::array();
  for (const auto& w : candidate.workloads) workloads.push_back(to_json(w));
  const auto& ci = candidate.score_ci;
  Json json = {
      {"rank", candidate.rank},
      {"name", candidate.name},
      {"path", candidate.path},
      {"verdict", name(candidate.verdict)},
      {"score", or_null(candidate.score)},
      {"score_ci", ci ? Json::array({ci->low, ci->high}) : Json(nullptr)},
      {"tied_with", candidate.tied_with},
      {"build", {{"seconds", candidate.build_seconds}, {"cached", candidate.build_cached}}},
      {"wall_seconds", candidate.wall_seconds},
      {"workloads", std::move(workloads)}};
  if (candidate.refusal) json["log"] = candidate.refusal->log;
  if (!candidate.reasons.empty()) json["reasons"] = candidate.reasons;
  return json;
}

std::size_t workload_count(const Ranking& ranking) {
  return ranking.candidates.empty() ? 0 : ranking.candidates.front().workloads.size();
}

}  // namespace

Json to_json(const Ranking& ranking) {
  const bool known = !ranking.definition.empty();
  Json candidates = Json::array();
  for (const auto& candidate : ranking.candidates) candidates.push_back(to_json(candidate));
  return {{"schema", "fihost.ranking/1"},
          {"definition", known ? Json(ranking.definition) : Json(nullptr)},
          {"device",
           {{"type", ranking.device.type},
            {"name", ranking.device.name},
            {"arch", ranking.device.arch},
            {"driver", ranking.device.driver}}},
          {"timer", ranking.timer},
          {"flush", ranking.flush},
          {"rule", name(ranking.rule)},
          {"null_call_ms", ranking.null_call_ms},
          {"seed", ranking.seed},
          {"scorer", ranking.scorer},
          {"workload_count", workload_count(ranking)},
          {"baseline", {{"kind", ranking.baseline_kind}, {"name", ranking.baseline_name}}},
          {"noise", {{"aa_percent", or_null(ranking.aa_percent)}}},
          {"candidates", std::move(candidates)}};
}

Json to_json(const std::vector<Ranking>& rankings) {
  if (rankings.size() == 1) return to_json(rankings.front());
  Json list = Json::array();
  for (const auto& ranking : rankings) list.push_back(to_json(ranking));
  return {{"schema", "fihost.rankings/1"}, {"rankings", std::move(list)}};
}

}  // namespace fihost
