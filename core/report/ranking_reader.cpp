#include "core/report/ranking_reader.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/model/lax_json.hpp"
#include "core/report/record.hpp"

namespace fihost {
namespace {

Status read_status(const Record& record, const char* key) {
  const auto status = parse_status(record.text(key));
  if (!status) record.refuse(key, "one of FlashInfer Trace's statuses");
  return *status;
}

std::map<std::string, std::int64_t> read_axes(const Record& record) {
  std::map<std::string, std::int64_t> axes;
  const auto values = record.object("axes");
  for (const auto& [axis, value] : values.json().items()) {
    axes[axis] = values.integer(axis.c_str());
  }
  return axes;
}

std::string text_or_empty(const Record& record, const char* key) {
  return record.has(key) ? record.text(key) : std::string();
}

std::optional<Timing> read_timing(const Record& record) {
  if (!record.has("latency_ms")) return std::nullopt;
  Timing timing;
  timing.latency_ms = record.number("latency_ms");
  const auto ci = record.maybe_interval("latency_ci_ms");
  if (!ci) record.refuse("latency_ci_ms", "two numbers");
  timing.low_ms = ci->low;
  timing.high_ms = ci->high;
  timing.samples = record.count("samples");
  timing.min_ms = record.maybe_number("min_ms").value_or(0);
  timing.p10_ms = record.maybe_number("p10_ms").value_or(0);
  timing.p90_ms = record.maybe_number("p90_ms").value_or(0);
  if (record.has("processes_ms")) timing.processes_ms = record.numbers("processes_ms");
  timing.sm_mhz = record.maybe_number("sm_mhz").value_or(0);
  timing.throttle = text_or_empty(record, "throttle");
  return timing;
}

/// What all candidates have in common.
struct Shared {
  std::optional<Timing> baseline;
  std::optional<double> floor_ms;
  std::optional<Cost> cost;
};

std::map<std::string, Shared> read_workloads(const Record& document) {
  std::map<std::string, Shared> workloads;
  if (!document.has("workloads")) return workloads;
  for (const auto& record : document.objects("workloads")) {
    auto& shared = workloads[record.text("uuid")];
    if (record.has("baseline")) shared.baseline = read_timing(record.object("baseline"));
    shared.floor_ms = record.maybe_number("floor_ms");
    const auto bytes = record.maybe_number("bytes");
    const auto flops = record.maybe_number("flops");
    if (bytes && flops) shared.cost = Cost{.bytes = *bytes, .flops = *flops};
  }
  return workloads;
}

std::optional<Correctness> read_correctness(const Record& record) {
  if (!record.has("max_abs_error")) return std::nullopt;
  Correctness correctness;
  correctness.max_abs_error = record.number("max_abs_error");
  correctness.max_rel_error = record.number("max_rel_error");
  correctness.matched_ratio = record.number("matched_ratio");
  if (record.has("strict")) {
    const auto strict = record.object("strict");
    correctness.strict = {.nonfinite_mismatches = strict.count("nonfinite_mismatches"),
                          .unwritten = strict.count("unwritten"),
                          .wrong_rows = strict.count("wrong_rows"),
                          .worst_patch_ratio = strict.number("worst_patch_ratio"),
                          .failure = strict.text("failure")};
  }
  return correctness;
}

WorkloadResult read_workload(const Record& record, const std::map<std::string, Shared>& shared) {
  WorkloadResult w;
  w.uuid = record.text("uuid");
  w.axes = read_axes(record);
  w.trial.status = read_status(record, "status");
  w.trial.timing = read_timing(record);
  w.trial.correctness = read_correctness(record);
  w.trial.log = record.text("log");
  if (const auto found = shared.find(w.uuid); found != shared.end()) {
    w.baseline = found->second.baseline;
    w.floor_ms = found->second.floor_ms;
    w.cost = found->second.cost;
  } else if (const auto latency = record.maybe_number("baseline_latency_ms")) {
    w.baseline.emplace();
    w.baseline->latency_ms = w.baseline->low_ms = w.baseline->high_ms = *latency;
  }
  return w;
}

KernelUsage read_kernel(const Record& record) {
  const auto small = [&](const char* key) { return static_cast<int>(record.integer(key)); };
  return {.kernel = record.text("kernel"),
          .arch = record.text("arch"),
          .registers = small("registers"),
          .stack_bytes = small("stack_bytes"),
          .spill_store_bytes = small("spill_store_bytes"),
          .spill_load_bytes = small("spill_load_bytes"),
          .shared_bytes = small("shared_bytes")};
}

CandidateResult read_candidate(const Record& record, const std::map<std::string, Shared>& shared) {
  CandidateResult candidate;
  candidate.name = record.text("name");
  candidate.path = record.text("path");
  candidate.rank = static_cast<int>(record.integer("rank"));
  candidate.verdict = read_status(record, "verdict");
  candidate.score = record.maybe_number("score");
  candidate.score_ci = record.maybe_interval("score_ci");
  candidate.log_score_sd = record.maybe_number("log_score_sd").value_or(0);
  candidate.tied_with = record.texts("tied_with");
  candidate.wall_seconds = record.number("wall_seconds");
  if (record.has("measured_at")) candidate.measured_at = record.text("measured_at");
  const auto build = record.object("build");
  candidate.build_seconds = build.number("seconds");
  candidate.build_cached = build.flag("cached");
  if (build.has("kernels")) {
    for (const auto& kernel : build.objects("kernels")) {
      candidate.kernels.push_back(read_kernel(kernel));
    }
  }
  for (const auto& workload : record.objects("workloads")) {
    candidate.workloads.push_back(read_workload(workload, shared));
  }
  if (record.has("log")) {
    candidate.refusal.emplace();
    candidate.refusal->status = candidate.verdict;
    candidate.refusal->log = record.text("log");
  }
  if (record.has("reasons")) candidate.reasons = record.texts("reasons");
  return candidate;
}

DeviceInfo read_device(const Record& record) {
  DeviceInfo device;
  device.type = record.text("type");
  device.name = record.text("name");
  device.arch = record.text("arch");
  device.driver = record.text("driver");
  if (record.has("memory_bytes")) device.memory_bytes = record.count("memory_bytes");
  if (record.has("l2_bytes")) device.l2_bytes = record.count("l2_bytes");
  device.bandwidth_bytes_s = record.maybe_number("bandwidth_bytes_s").value_or(0);
  device.fp8_flops_s = record.maybe_number("fp8_flops_s").value_or(0);
  return device;
}

Environment read_environment(const Record& record) {
  Environment environment;
  environment.fihost = record.text("fihost");
  environment.commit = record.text("commit");
  environment.time = record.text("time");
  environment.cpu = record.text("cpu");
  environment.cxx = record.text("cxx");
  environment.nvcc = record.text("nvcc");
  environment.archs = record.texts("archs");
  return environment;
}

Ranking read_ranking(const Record& record) {
  Ranking ranking;
  ranking.definition = text_or_empty(record, "definition");
  ranking.device = read_device(record.object("device"));
  if (record.has("environment"))
    ranking.environment = read_environment(record.object("environment"));
  ranking.timer = record.text("timer");
  ranking.flush = record.text("flush");
  if (record.has("rule")) {
    const auto rule = parse_rule(record.text("rule"));
    if (!rule) record.refuse("rule", "strict or compat");
    ranking.rule = *rule;
  }
  ranking.null_call_ms = record.number("null_call_ms");
  ranking.seed = record.count("seed");
  ranking.scorer = record.text("scorer");
  const auto baseline = record.object("baseline");
  ranking.baseline_kind = baseline.text("kind");
  ranking.baseline_name = baseline.text("name");
  ranking.aa_percent = record.object("noise").maybe_number("aa_percent");
  const auto shared = read_workloads(record);
  for (const auto& candidate : record.objects("candidates")) {
    ranking.candidates.push_back(read_candidate(candidate, shared));
  }
  return ranking;
}

}  // namespace

std::vector<Ranking> parse_rankings(const Json& document, const std::string& origin) {
  const Json& schema = member(document, "schema");
  if (schema == "fihost.ranking/1") return {read_ranking({document, origin + ": ranking"})};
  if (schema != "fihost.rankings/1") {
    fail(
        "{}: found {}, wanted what fihost rank --json writes: fihost.ranking/1 or "
        "fihost.rankings/1",
        origin, schema.is_string() ? "schema " + excerpt(schema) : "a document without a schema");
  }
  std::vector<Ranking> rankings;
  for (const auto& ranking : Record(document, origin + ": document").objects("rankings")) {
    rankings.push_back(read_ranking(ranking));
  }
  return rankings;
}

std::vector<Ranking> read_rankings(const std::filesystem::path& path) {
  return parse_rankings(read_json(path), path.string());
}

}  // namespace fihost
