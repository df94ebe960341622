#include "core/model/trace.hpp"

#include <chrono>
#include <cmath>
#include <ctime>

#include "core/base/error.hpp"

namespace fihost {
namespace {

/// A number that the format lets be left out; `nan` says whether it may be NaN.
double read_figure(const Json& json, const std::string& key, const std::string& pointer, bool nan,
                   Violations& bad) {
  if (!json.contains(key)) return 0;
  const auto number = lax_number(member(json, key));
  if (number && (*number >= 0 || (nan && std::isnan(*number)))) return *number;
  bad.add(fmt::format("\"{}\" must be a number >= 0{}, found {}", key, nan ? " or NaN" : "",
                      excerpt(member(json, key))),
          pointer + "/" + key);
  return 0;
}

TraceCorrectness read_correctness(const Json& json, Violations& bad) {
  const std::string at = "/evaluation/correctness";
  TraceCorrectness out;
  if (!json.is_object()) {
    bad.add(fmt::format("\"correctness\" must be an object, found {}", excerpt(json)), at);
    return out;
  }
  out.max_relative_error = read_figure(json, "max_relative_error", at, true, bad);
  out.max_absolute_error = read_figure(json, "max_absolute_error", at, true, bad);
  out.extra = member(json, "extra");
  if (!out.extra.is_null() && !out.extra.is_object()) {
    bad.add(fmt::format("\"extra\" must be an object, found {}", excerpt(out.extra)),
            at + "/extra");
  }
  return out;
}

TracePerformance read_performance(const Json& json, Violations& bad) {
  const std::string at = "/evaluation/performance";
  TracePerformance out;
  if (!json.is_object()) {
    bad.add(fmt::format("\"performance\" must be an object, found {}", excerpt(json)), at);
    return out;
  }
  out.latency_ms = read_figure(json, "latency_ms", at, false, bad);
  out.reference_latency_ms = read_figure(json, "reference_latency_ms", at, false, bad);
  out.speedup_factor = read_figure(json, "speedup_factor", at, false, bad);
  return out;
}

void read_environment(const Json& json, TraceEvaluation& evaluation, Violations& bad) {
  const std::string at = "/evaluation/environment";
  if (!json.is_object()) {
    bad.add(fmt::format("\"environment\" must be an object, found {}",
                        json.is_null() ? "none" : excerpt(json)),
            at);
    return;
  }
  evaluation.hardware = bad.text(member(json, "hardware"), "\"environment.hardware\"", at);
  if (!json.contains("libs")) return;
  const Json& libs = member(json, "libs");
  if (!libs.is_object()) {
    bad.add(fmt::format("\"environment.libs\" must be an object, found {}", excerpt(libs)), at);
    return;
  }
  for (const auto& [name, version] : libs.items()) {
    if (version.is_string()) {
      evaluation.libs[name] = version.get<std::string>();
    } else {
      bad.add(fmt::format("the version of library \"{}\" must be a string, found {}", name,
                          excerpt(version)),
              at + "/libs");
    }
  }
}

/// Which of the two objects each status asks for.
void check_presence(const TraceEvaluation& evaluation, Violations& bad) {
  const bool passed = evaluation.status == Status::passed;
  const bool compared = passed || evaluation.status == Status::incorrect_numerical;
  const auto check = [&](const char* key, bool found, bool wanted) {
    if (found == wanted) return;
    bad.add(fmt::format("with the status {} there {} a \"{}\"", name(evaluation.status),
                        wanted ? "must be" : "cannot be", key),
            "/evaluation");
  };
  check("correctness", evaluation.correctness.has_value(), compared);
  check("performance", evaluation.performance.has_value(), passed);
}

TraceEvaluation read_evaluation(const Json& json, Violations& bad) {
  TraceEvaluation evaluation;
  if (!json.is_object()) {
    bad.add(fmt::format("\"evaluation\" must be an object, found {}", excerpt(json)),
            "/evaluation");
    return evaluation;
  }
  const Json& word = member(json, "status");
  const auto status =
      word.is_string() ? parse_status(word.get_ref<const std::string&>()) : std::nullopt;
  if (!status) {
    bad.add(fmt::format("the status {} is none of the format's",
                        word.is_null() ? "none" : excerpt(word)),
            "/evaluation/status");
  }
  evaluation.status = status.value_or(Status::runtime_error);
  read_environment(member(json, "environment"), evaluation, bad);
  evaluation.timestamp =
      bad.text(member(json, "timestamp"), "\"timestamp\"", "/evaluation/timestamp");
  if (json.contains("log")) {
    if (json["log"].is_string()) {
      evaluation.log = json["log"].get<std::string>();
    } else {
      bad.add(fmt::format("\"log\" must be a string, found {}", excerpt(json["log"])),
              "/evaluation/log");
    }
  }
  const Json& correctness = member(json, "correctness");
  if (!correctness.is_null()) evaluation.correctness = read_correctness(correctness, bad);
  const Json& performance = member(json, "performance");
  if (!performance.is_null()) evaluation.performance = read_performance(performance, bad);
  if (status) check_presence(evaluation, bad);
  return evaluation;
}

double finite(double value, const char* key) {
  if (std::isfinite(value) && value >= 0) return value;
  throw Error(fmt::format("a trace with the {} {} could not be read back", key, value),
              Fault::internal);
}

Json evaluation_json(const TraceEvaluation& evaluation) {
  Json libs = Json::object(), correctness, performance;
  for (const auto& [name, version] : evaluation.libs) libs[name] = version;
  if (const auto& c = evaluation.correctness) {
    correctness = {{"max_relative_error", number_json(c->max_relative_error)},
                   {"max_absolute_error", number_json(c->max_absolute_error)},
                   {"extra", c->extra}};
  }
  if (const auto& p = evaluation.performance) {
    performance = {
        {"latency_ms", finite(p->latency_ms, "latency_ms")},
        {"reference_latency_ms", finite(p->reference_latency_ms, "reference_latency_ms")},
        {"speedup_factor", finite(p->speedup_factor, "speedup_factor")}};
  }
  return {{"status", name(evaluation.status)},
          {"environment", {{"hardware", evaluation.hardware}, {"libs", libs}}},
          {"timestamp", evaluation.timestamp},
          {"log", evaluation.log},
          {"correctness", correctness},
          {"performance", performance}};
}

}  // namespace

Trace read_trace(const Json& line, Violations& bad) {
  Trace trace;
  if (!line.is_object()) {
    bad.add(fmt::format("it must be an object, found {}", excerpt(line)));
    return trace;
  }
  trace.definition = bad.text(member(line, "definition"), "\"definition\"", "/definition");
  trace.workload = read_workload(member(line, "workload"), bad);
  const Json& solution = member(line, "solution");
  if (solution.is_string()) {
    trace.solution = solution.get<std::string>();
  } else if (!solution.is_null()) {
    bad.add(fmt::format("\"solution\" must be a string, found {}", excerpt(solution)), "/solution");
  }
  const Json& evaluation = member(line, "evaluation");
  if (!evaluation.is_null()) trace.evaluation = read_evaluation(evaluation, bad);
  return trace;
}

Trace parse_trace(const Json& line, const std::string& origin) {
  Violations bad;
  auto trace = read_trace(line, bad);
  bad.raise(origin, "trace");
  return trace;
}

Json to_json(const Trace& trace) {
  return {{"definition", trace.definition},
          {"workload", to_json(trace.workload)},
          {"solution", trace.solution ? Json(*trace.solution) : Json()},
          {"evaluation", trace.evaluation ? evaluation_json(*trace.evaluation) : Json()}};
}

std::string trace_timestamp() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  const std::time_t seconds = micros / 1'000'000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &local);
  return fmt::format("{}.{:06}", text, micros % 1'000'000);
}

}  // namespace fihost
