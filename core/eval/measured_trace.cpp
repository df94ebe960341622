#include "core/eval/measured_trace.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

namespace fihost {
namespace {

Json extra_of(const MeasuredTrial& measured, const std::string& version) {
  auto figures = to_json(measured.trial);
  figures.erase("status");
  figures.erase("log");
  Json fihost = {{"version", version},
                 {"seed", measured.run.seed},
                 {"timer", measured.run.timer},
                 {"flush", measured.run.flush},
                 {"null_call_ms", measured.run.null_call_ms},
                 {"baseline", measured.run.baseline_name}};
  fihost.update(figures);
  return {{"matched_ratio", measured.trial.correctness->matched_ratio},
          {"fihost", std::move(fihost)}};
}

std::map<std::string, std::string> libs_of(const Ranking& run, const std::string& version) {
  std::map<std::string, std::string> libs = {{"fihost", version}, {"timer", run.timer}};
  if (!run.device.driver.empty()) libs["driver"] = run.device.driver;
  return libs;
}

}  // namespace

Trace trace_of(const MeasuredTrial& measured, const std::string& solution,
               const std::string& version) {
  const auto& trial = measured.trial;
  Trace trace;
  trace.definition = measured.run.definition;
  trace.workload = measured.workload;
  trace.solution = solution;
  auto& evaluation = trace.evaluation.emplace();
  evaluation.status = trial.status;
  evaluation.hardware =
      measured.run.device.name.empty() ? measured.run.device.text() : measured.run.device.name;
  evaluation.libs = libs_of(measured.run, version);
  evaluation.timestamp = trace_timestamp();
  evaluation.log = trial.log;
  const bool passed = trial.status == Status::passed;
  if (trial.correctness && (passed || trial.status == Status::incorrect_numerical)) {
    evaluation.correctness =
        TraceCorrectness{.max_relative_error = trial.correctness->max_rel_error,
                         .max_absolute_error = trial.correctness->max_abs_error,
                         .extra = extra_of(measured, version)};
  }
  if (passed && trial.timing) {
    const double latency = trial.timing->latency_ms;
    const double reference = measured.baseline ? measured.baseline->latency_ms : 0;
    evaluation.performance =
        TracePerformance{.latency_ms = latency,
                         .reference_latency_ms = reference,
                         .speedup_factor = latency > 0 ? reference / latency : 0};
  }
  return trace;
}

std::string solution_name(const PlannedCandidate& candidate) {
  if (candidate.solution) return candidate.solution->name;
  std::string name = candidate.path.stem().string();
  std::error_code code;
  if (!std::filesystem::is_regular_file(candidate.path, code)) return name;
  return name + "_" + Hash().add(read_text(candidate.path)).hex().substr(0, 8);
}

}  // namespace fihost
