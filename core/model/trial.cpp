#include "core/model/trial.hpp"

#include <algorithm>
#include <array>
#include <cmath>
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

std::uint64_t read_count(const Json& json, const std::string& key) {
  const auto count = lax_integer(member(json, key));
  if (!count || *count < 0) fail("trial: \"{}\" must be an integer >= 0", key);
  return static_cast<std::uint64_t>(*count);
}

std::string read_text(const Json& json, const std::string& key) {
  const Json& text = member(json, key);
  if (!text.is_string()) fail("trial: \"{}\" must be a string", key);
  return text.get<std::string>();
}

Correctness read_correctness(const Json& json) {
  const Json& strict = member(json, "strict");
  return {.max_abs_error = read_number(json, "max_abs_error"),
          .max_rel_error = read_number(json, "max_rel_error"),
          .matched_ratio = read_number(json, "matched_ratio"),
          .strict = {.nonfinite_mismatches = read_count(strict, "nonfinite_mismatches"),
                     .unwritten = read_count(strict, "unwritten"),
                     .wrong_rows = read_count(strict, "wrong_rows"),
                     .worst_patch_ratio = read_number(strict, "worst_patch_ratio"),
                     .failure = read_text(strict, "failure")}};
}

Timing read_timing(const Json& json) {
  Timing timing;
  timing.latency_ms = read_number(json, "latency_ms");
  timing.low_ms = read_number(json, "low_ms");
  timing.high_ms = read_number(json, "high_ms");
  timing.min_ms = read_number(json, "min_ms");
  timing.p10_ms = read_number(json, "p10_ms");
  timing.p90_ms = read_number(json, "p90_ms");
  timing.samples = read_count(json, "samples");
  const Json& blocks = member(json, "processes_ms");
  if (!blocks.is_array()) fail("trial: \"processes_ms\" must be a list of numbers");
  for (const Json& block : blocks) {
    const auto number = lax_number(block);
    if (!number)
      fail("trial: \"processes_ms\" must be a list of numbers, found {}", excerpt(block));
    timing.processes_ms.push_back(*number);
  }
  timing.sm_mhz = read_number(json, "sm_mhz");
  timing.throttle = read_text(json, "throttle");
  return timing;
}

Json correctness_json(const Correctness& correctness) {
  return {{"max_abs_error", number_json(correctness.max_abs_error)},
          {"max_rel_error", number_json(correctness.max_rel_error)},
          {"matched_ratio", number_json(correctness.matched_ratio)},
          {"strict", to_json(correctness.strict)}};
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

std::string_view name(CorrectnessRule rule) {
  return rule == CorrectnessRule::strict ? "strict" : "compat";
}

std::optional<CorrectnessRule> parse_rule(std::string_view name) {
  if (name == "strict") return CorrectnessRule::strict;
  if (name == "compat") return CorrectnessRule::compat;
  return std::nullopt;
}

Correctness worse(const Correctness& a, const Correctness& b) {
  const auto larger = [](double x, double y) { return std::isnan(x) || x > y ? x : y; };
  const StrictCorrectness &p = a.strict, &q = b.strict;
  return {
      .max_abs_error = larger(a.max_abs_error, b.max_abs_error),
      .max_rel_error = larger(a.max_rel_error, b.max_rel_error),
      .matched_ratio = std::min(a.matched_ratio, b.matched_ratio),
      .strict = {.nonfinite_mismatches = std::max(p.nonfinite_mismatches, q.nonfinite_mismatches),
                 .unwritten = std::max(p.unwritten, q.unwritten),
                 .wrong_rows = std::max(p.wrong_rows, q.wrong_rows),
                 .worst_patch_ratio = std::max(p.worst_patch_ratio, q.worst_patch_ratio),
                 .failure = p.failure.empty() ? q.failure : p.failure}};
}

Json to_json(const StrictCorrectness& strict) {
  return {{"nonfinite_mismatches", strict.nonfinite_mismatches},
          {"unwritten", strict.unwritten},
          {"wrong_rows", strict.wrong_rows},
          {"worst_patch_ratio", number_json(strict.worst_patch_ratio)},
          {"failure", strict.failure}};
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
  trial.log = read_text(json, "log");
  return trial;
}

}  // namespace fihost
