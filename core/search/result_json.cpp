#include "core/search/result_json.hpp"

#include <limits>

#include "core/base/error.hpp"
#include "core/model/lax_json.hpp"

namespace fihost::search {
namespace {

double number(const Json& json) {
  return lax_number(json).value_or(std::numeric_limits<double>::quiet_NaN());
}

std::optional<double> optional_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional<double>(number(json));
}

Json optional_json(const std::optional<double>& value) {
  return value ? number_json(*value) : Json();
}

/// Timings travel as the trial that holds them.
Json timing_json(const std::optional<Timing>& timing) {
  if (!timing) return nullptr;
  Trial trial;
  trial.timing = timing;
  return fihost::to_json(trial).at("timing");
}

std::optional<Timing> parse_timing(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return parse_trial({{"status", name(Status::passed)},
                      {"correctness", nullptr},
                      {"timing", json},
                      {"log", ""}})
      .timing;
}

Status status_of(const Json& json) {
  const auto status = parse_status(json.get<std::string>());
  if (!status) fail("a stored result has the unknown status {}", json.get<std::string>());
  return *status;
}

}  // namespace

Json to_json(const WorkloadResult& result) {
  Json json = {{"uuid", result.uuid},
               {"axes", result.axes},
               {"trial", fihost::to_json(result.trial)},
               {"baseline", timing_json(result.baseline)},
               {"floor_ms", optional_json(result.floor_ms)},
               {"cost", nullptr}};
  if (result.cost) {
    json["cost"] = {{"bytes", number_json(result.cost->bytes)},
                    {"flops", number_json(result.cost->flops)}};
  }
  return json;
}

WorkloadResult parse_workload_result(const Json& json) {
  WorkloadResult result;
  result.uuid = json.at("uuid").get<std::string>();
  for (const auto& [axis, value] : json.at("axes").items()) result.axes[axis] = value;
  result.trial = parse_trial(json.at("trial"));
  result.baseline = parse_timing(json.at("baseline"));
  result.floor_ms = optional_number(json.at("floor_ms"));
  if (const auto& cost = json.at("cost"); !cost.is_null()) {
    result.cost = Cost{number(cost.at("bytes")), number(cost.at("flops"))};
  }
  return result;
}

Json to_json(const CandidateResult& result) {
  const auto& ci = result.score_ci;
  return {{"name", result.name},
          {"path", result.path},
          {"build_seconds", number_json(result.build_seconds)},
          {"build_cached", result.build_cached},
          {"kernels", to_json(result.kernels)},
          {"wall_seconds", number_json(result.wall_seconds)},
          {"measured_at", result.measured_at},
          {"refusal", result.refusal ? fihost::to_json(*result.refusal) : Json()},
          {"rank", result.rank},
          {"verdict", name(result.verdict)},
          {"score", optional_json(result.score)},
          {"score_ci", ci ? Json::array({number_json(ci->low), number_json(ci->high)}) : Json()},
          {"log_score_sd", number_json(result.log_score_sd)},
          {"tied_with", result.tied_with},
          {"reasons", result.reasons}};
}

CandidateResult parse_candidate_result(const Json& json) {
  CandidateResult result;
  result.name = json.at("name").get<std::string>();
  result.path = json.at("path").get<std::string>();
  result.build_seconds = number(json.at("build_seconds"));
  result.build_cached = json.at("build_cached").get<bool>();
  result.kernels = parse_kernels(json.at("kernels"));
  result.wall_seconds = number(json.at("wall_seconds"));
  result.measured_at = json.at("measured_at").get<std::string>();
  if (!json.at("refusal").is_null()) result.refusal = parse_trial(json.at("refusal"));
  result.rank = json.at("rank").get<int>();
  result.verdict = status_of(json.at("verdict"));
  result.score = optional_number(json.at("score"));
  if (const auto& ci = json.at("score_ci"); !ci.is_null()) {
    result.score_ci = Interval{number(ci.at(0)), number(ci.at(1))};
  }
  result.log_score_sd = number(json.at("log_score_sd"));
  result.tied_with = json.at("tied_with").get<std::vector<std::string>>();
  result.reasons = json.at("reasons").get<std::vector<std::string>>();
  return result;
}

Json to_json(const std::vector<KernelUsage>& kernels) {
  Json list = Json::array();
  for (const auto& kernel : kernels) list.push_back(fihost::to_json(kernel));
  return list;
}

std::vector<KernelUsage> parse_kernels(const Json& json) {
  std::vector<KernelUsage> kernels;
  for (const auto& one : json) {
    kernels.push_back({.kernel = one.at("kernel").get<std::string>(),
                       .arch = one.at("arch").get<std::string>(),
                       .registers = one.at("registers").get<int>(),
                       .stack_bytes = one.at("stack_bytes").get<int>(),
                       .spill_store_bytes = one.at("spill_store_bytes").get<int>(),
                       .spill_load_bytes = one.at("spill_load_bytes").get<int>(),
                       .shared_bytes = one.at("shared_bytes").get<int>()});
  }
  return kernels;
}

}  // namespace fihost::search
