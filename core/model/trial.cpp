#include "core/model/trial.hpp"

#include <array>
#include <utility>

#include "core/base/error.hpp"
#include "core/model/lax_json.hpp"

namespace fihost {
namespace {

constexpr std::array<std::pair<Status, std::string_view>, 7> words = {{
    {Status::passed, "PASSED"},
    {Status::incorrect_shape, "INCORRECT_SHAPE"},
    {Status::incorrect_numerical, "INCORRECT_NUMERICAL"},
    {Status::incorrect_dtype, "INCORRECT_DTYPE"},
    {Status::runtime_error, "RUNTIME_ERROR"},
    {Status::compile_error, "COMPILE_ERROR"},
    {Status::timeout, "TIMEOUT"},
}};

double read_number(const Json& json, const std::string& key) {
  const auto number = lax_number(member(json, key));
  if (!number) fail("trial: \"{}\" must be a number, found {}", key, excerpt(member(json, key)));
  return *number;
}

Correctness read_correctness(const Json& json) {
  return {.max_abs_error = read_number(json, "max_abs_error"),
          .max_rel_error = read_number(json, "max_rel_error"),
          .matched_ratio = read_number(json, "matched_ratio")};
}

Timing read_timing(const Json& json) {
  Timing timing;
  timing.latency_ms = read_number(json, "latency_ms");
  timing.low_ms = read_number(json, "low_ms");
  timing.high_ms = read_number(json, "high_ms");
  timing.min_ms = read_number(json, "min_ms");
  timing.p10_ms = read_number(json, "p10_ms");
  timing.p90_ms = read_number(json, "p90_ms");
  const auto samples = lax_integer(member(json, "samples"));
  if (!samples || *samples < 0) fail("trial: \"samples\" must be an integer >= 0");
  timing.samples = static_cast<std::uint64_t>(*samples);
  const Json& blocks = member(json, "processes_ms");
  if (!blocks.is_array()) fail("trial: \"processes_ms\" must be a list of numbers");
  for (const Json& block : blocks) {
    const auto number = lax_number(block);
    if (!number)
      fail("trial: \"processes_ms\" must be a list of numbers, found {}", excerpt(block));
    timing.processes_ms.push_back(*number);
  }
  timing.sm_mhz = read_number(json, "sm_mhz");
  if (!member(json, "throttle").is_string()) fail("trial: \"throttle\" must be a string");
  timing.throttle = json["throttle"];
  return timing;
}

Json correctness_json(const Correctness& correctness) {
  return {{"max_abs_error", number_json(correctness.max_abs_error)},
          {"max_rel_error", number_json(correctness.max_rel_error)},
          {"matched_ratio", number_json(correctness.matched_ratio)}};
}

Json timing_json(const Timing& timing) {
  Json blocks = Json::array();
  for (const double block : timing.processes_ms) blocks.push_back(number_json(block));
  return {{"latency_ms", number_json(timing.latency_ms)},
          {"low_ms", number_json(timing.low_ms)},
          {"high_ms", number_json(timing.high_ms)},
          {"min_ms", number_json(timing.min_ms)},
          {"p10_ms", number_json(timing.p10_ms)},
          {"p90_ms", number_json(timing.p90_ms)},
          {"samples", timing.samples},
          {"processes_ms", blocks},
          {"sm_mhz", number_json(timing.sm_mhz)},
          {"throttle", timing.throttle}};
}

}  // namespace

std::string_view name(Status status) {
  for (const auto& [known, word] : words) {
    if (known == status) return word;
  }
  throw Error("a status that has no name", Fault::internal);
}

std::optional<Status> parse_status(std::string_view name) {
  for (const auto& [status, word] : words) {
    if (word == name) return status;
  }
  return std::nullopt;
}

Json to_json(const Trial& trial) {
  return {{"status", name(trial.status)},
          {"correctness", trial.correctness ? correctness_json(*trial.correctness) : Json()},
          {"timing", trial.timing ? timing_json(*trial.timing) : Json()},
          {"log", trial.log}};
}

Trial parse_trial(const Json& json) {
  const Json& word = member(json, "status");
  const auto status =
      word.is_string() ? parse_status(word.get_ref<const std::string&>()) : std::nullopt;
  if (!status) fail("trial: unknown status {}", excerpt(word));
  Trial trial;
  trial.status = *status;
  const Json& correctness = member(json, "correctness");
  if (!correctness.is_null()) trial.correctness = read_correctness(correctness);
  const Json& timing = member(json, "timing");
  if (!timing.is_null()) trial.timing = read_timing(timing);
  if (!member(json, "log").is_string()) fail("trial: \"log\" must be a string");
  trial.log = json["log"];
  return trial;
}

}  // namespace fihost
