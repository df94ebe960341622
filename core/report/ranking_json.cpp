#include "core/report/ranking_json.hpp"

#include "core/model/lax_json.hpp"

namespace fihost {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::optional<Interval>& interval) {
  return interval ? Json::array({interval->low, interval->high}) : Json(nullptr);
}

/// 0 stands for unknown.
template <class Number>
Json known(Number value) {
  return value > Number{0} ? Json(value) : Json(nullptr);
}

void add_timing(Json& json, const std::optional<Timing>& timing) {
  const auto time = [&](double Timing::*field) {
    return timing ? Json((*timing).*field) : Json(nullptr);
  };
  json["latency_ms"] = time(&Timing::latency_ms);
  json["latency_ci_ms"] = timing ? Json::array({timing->low_ms, timing->high_ms}) : Json(nullptr);
  json["samples"] = timing ? Json(timing->samples) : Json(nullptr);
  json["min_ms"] = time(&Timing::min_ms);
  json["p10_ms"] = time(&Timing::p10_ms);
  json["p90_ms"] = time(&Timing::p90_ms);
  json["processes_ms"] = timing ? Json(timing->processes_ms) : Json(nullptr);
  json["sm_mhz"] = timing ? known(timing->sm_mhz) : Json(nullptr);
  json["throttle"] = timing ? Json(timing->throttle) : Json(nullptr);
}

Json trial_json(const WorkloadResult& w) {
  const auto& correctness = w.trial.correctness;
  const auto error = [&](double Correctness::*field) {
    return correctness ? number_json((*correctness).*field) : Json(nullptr);
  };
  Json json = {{"uuid", w.uuid}, {"axes", w.axes}, {"status", name(w.trial.status)}};
  add_timing(json, w.trial.timing);
  json["baseline_latency_ms"] = w.baseline ? Json(w.baseline->latency_ms) : Json(nullptr);
  json["speedup"] = or_null(w.speedup());
  json["speedup_ci"] = or_null(w.speedup_interval());
  json["roofline_fraction"] = or_null(w.roofline_fraction());
  json["max_abs_error"] = error(&Correctness::max_abs_error);
  json["max_rel_error"] = error(&Correctness::max_rel_error);
  json["matched_ratio"] = error(&Correctness::matched_ratio);
  json["strict"] = correctness ? to_json(correctness->strict) : Json(nullptr);
  json["log"] = w.trial.log;
  return json;
}

/// What is the same for every candidate.
Json workload_json(const WorkloadResult& w) {
  Json json = {{"uuid", w.uuid},
               {"axes", w.axes},
               {"bytes", w.cost ? Json(w.cost->bytes) : Json(nullptr)},
               {"flops", w.cost ? Json(w.cost->flops) : Json(nullptr)},
               {"floor_ms", or_null(w.floor_ms)}};
  json["baseline"] = nullptr;
  if (w.baseline) add_timing(json["baseline"], w.baseline);
  return json;
}

Json to_json(const CandidateResult& candidate) {
  Json workloads = Json::array(), kernels = Json::array();
  for (const auto& w : candidate.workloads) workloads.push_back(trial_json(w));
  for (const auto& kernel : candidate.kernels) kernels.push_back(to_json(kernel));
  Json json = {
      {"rank", candidate.rank},
      {"name", candidate.name},
      {"path", candidate.path},
      {"verdict", name(candidate.verdict)},
      {"score", or_null(candidate.score)},
      {"score_ci", or_null(candidate.score_ci)},
      {"log_score_sd", candidate.log_score_sd},
      {"tied_with", candidate.tied_with},
      {"build",
       {{"seconds", candidate.build_seconds},
        {"cached", candidate.build_cached},
        {"kernels", std::move(kernels)}}},
      {"wall_seconds", candidate.wall_seconds},
      {"measured_at", candidate.measured_at.empty() ? Json() : Json(candidate.measured_at)},
      {"workloads", std::move(workloads)}};
  if (candidate.refusal) json["log"] = candidate.refusal->log;
  if (!candidate.reasons.empty()) json["reasons"] = candidate.reasons;
  return json;
}

Json to_json(const DeviceInfo& device) {
  return {{"type", device.type},
          {"name", device.name},
          {"arch", device.arch},
          {"driver", device.driver},
          {"memory_bytes", known(device.memory_bytes)},
          {"l2_bytes", known(device.l2_bytes)},
          {"bandwidth_bytes_s", known(device.bandwidth_bytes_s)},
          {"fp8_flops_s", known(device.fp8_flops_s)}};
}

Json to_json(const Environment& environment) {
  return {{"fihost", environment.fihost}, {"commit", environment.commit},
          {"time", environment.time},     {"cpu", environment.cpu},
          {"cxx", environment.cxx},       {"nvcc", environment.nvcc},
          {"archs", environment.archs}};
}

/// The workloads are those of any candidate that was tried.
Json workloads_json(const Ranking& ranking) {
  Json workloads = Json::array();
  for (const auto& candidate : ranking.candidates) {
    for (const auto& w : candidate.workloads) workloads.push_back(workload_json(w));
    if (!candidate.workloads.empty()) break;
  }
  return workloads;
}

}  // namespace

Json to_json(const Ranking& ranking) {
  const bool defined = !ranking.definition.empty();
  Json candidates = Json::array();
  for (const auto& candidate : ranking.candidates) candidates.push_back(to_json(candidate));
  auto workloads = workloads_json(ranking);
  return {{"schema", "fihost.ranking/1"},
          {"definition", defined ? Json(ranking.definition) : Json(nullptr)},
          {"device", to_json(ranking.device)},
          {"environment", to_json(ranking.environment)},
          {"timer", ranking.timer},
          {"flush", ranking.flush},
          {"rule", name(ranking.rule)},
          {"null_call_ms", ranking.null_call_ms},
          {"seed", ranking.seed},
          {"scorer", ranking.scorer},
          {"workload_count", workloads.size()},
          {"baseline", {{"kind", ranking.baseline_kind}, {"name", ranking.baseline_name}}},
          {"noise", {{"aa_percent", or_null(ranking.aa_percent)}}},
          {"workloads", std::move(workloads)},
          {"candidates", std::move(candidates)}};
}

Json to_json(const std::vector<Ranking>& rankings) {
  if (rankings.size() == 1) return to_json(rankings.front());
  Json list = Json::array();
  for (const auto& ranking : rankings) list.push_back(to_json(ranking));
  return {{"schema", "fihost.rankings/1"}, {"rankings", std::move(list)}};
}

}  // namespace fihost
