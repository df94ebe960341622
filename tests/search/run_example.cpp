#include "tests/search/run_example.hpp"

#include <limits>

namespace fihost::search {
namespace {

WorkloadResult workload(ProgramId id, bool passed) {
  WorkloadResult w;
  w.uuid = passed ? "uuid-a" : "uuid-b";
  w.axes = {{"batch", passed ? 7 : 1}, {"tokens", id}};
  w.trial.status = passed ? Status::passed : Status::incorrect_numerical;
  w.trial.correctness = {.max_abs_error = 0.1 + static_cast<double>(id),
                         .max_rel_error = passed ? 1e-300 : std::numeric_limits<double>::infinity(),
                         .matched_ratio = 0.99,
                         .strict = {.nonfinite_mismatches = 3,
                                    .unwritten = 4,
                                    .wrong_rows = 5,
                                    .worst_patch_ratio = 0.25,
                                    .failure = "a row"}};
  w.trial.log = passed ? "" : std::string("line \xff one\nnul \0 end", 19);
  if (passed) {
    Timing timing{.latency_ms = 1.0 / 3,
                  .low_ms = 0.3,
                  .high_ms = 0.35,
                  .min_ms = 0.29,
                  .p10_ms = 0.31,
                  .p90_ms = 0.34,
                  .samples = 300,
                  .processes_ms = {0.33, 0.34},
                  .sm_mhz = 1980,
                  .throttle = "power"};
    w.trial.timing = timing;
    timing.latency_ms = 0.7;
    w.baseline = timing;
    w.floor_ms = 0.05;
    w.cost = Cost{.bytes = 1e9, .flops = 2e12};
  }
  return w;
}

}  // namespace

RunHead example_head() {
  return {.definition = "scale_f32",
          .created_at = "2026-01-02T03:04:05Z",
          .seed_path = "seed.cu",
          .config = {{"max_iterations", 5}},
          .about = {{"timer", "cuda events"}},
          .branched_from = ""};
}

Program example_program(ProgramId id) {
  Program p;
  p.id = id;
  p.attempt = id;
  p.name = "gen_" + std::to_string(id);
  p.source = "// program " + std::to_string(id) + "\nint x;\n";
  p.language = Language::cpp;
  p.source_digest = "source-" + std::to_string(id);
  p.code_digest = "code-" + std::to_string(id);
  if (id > 1) p.parents = {id - 1, 1};
  p.generation = static_cast<int>(id);
  p.island = 2;
  p.mutator = "mutator.params";
  p.note = "BLOCK 64 -> 128";
  p.details = {{"point", {64, 128}}};
  p.kernels = {{.kernel = "k<float>",
                .arch = "sm_90a",
                .registers = 40,
                .stack_bytes = 1,
                .spill_store_bytes = 2,
                .spill_load_bytes = 3,
                .shared_bytes = 4096}};
  p.result.name = p.name;
  p.result.path = "gen.cu";
  p.result.build_seconds = 12.5;
  p.result.build_cached = true;
  p.result.kernels = p.kernels;
  p.result.wall_seconds = 3.25;
  p.result.measured_at = "2026-01-02T03:04:05Z";
  p.result.refusal.emplace();
  p.result.rank = 4;
  p.result.verdict = Status::passed;
  p.result.score = 1.5 + static_cast<double>(id) / 1024;
  p.result.score_ci = Interval{1.4, 1.6};
  p.result.log_score_sd = 0.01;
  p.result.tied_with = {"gen_9"};
  p.result.reasons = {"fast"};
  p.result.workloads = {workload(id, true), workload(id, false)};
  p.complete = true;
  p.profile = "dram 80 %";
  return p;
}

Attempt example_attempt(AttemptId id, Outcome outcome) {
  Attempt a;
  a.id = id;
  a.island = 1;
  a.mutator = "mutator.llm_diff";
  a.parents = {1, 2};
  a.seed = 0xffff'ffff'ffff'fff0ull + static_cast<std::uint64_t>(id % 16);
  a.outcome = outcome;
  if (outcome == Outcome::pending) return a;
  a.reason = "no \"reason\"";
  a.program = id;
  a.twin = 3;
  a.source = "// rejected " + std::to_string(id) + "\n";
  a.source_digest = "attempt-" + std::to_string(id);
  a.repaired = true;
  a.improvement = true;
  a.propose_seconds = 1.5;
  a.build_seconds = 2.5;
  a.evaluate_seconds = 3.5;
  return a;
}

RunEvent example_event(std::int64_t id) {
  RunEvent event;
  event.kind = "result";
  event.attempts = {example_attempt(id, Outcome::accepted)};
  event.programs = {example_program(id)};
  event.exchanges = {{.id = 0,
                      .attempt = id,
                      .slot = "llm",
                      .op = "complete",
                      .request = {{"messages", {{{"role", "user"}}}}},
                      .reply = {{"text", "ok"}},
                      .error = "",
                      .seconds = 0.5},
                     {.id = 0,
                      .attempt = id,
                      .slot = "llm",
                      .op = "complete",
                      .request = {{"messages", "again"}},
                      .reply = nullptr,
                      .error = "timeout",
                      .seconds = 60}};
  event.rematches = {{.challenger = id,
                      .champion = 1,
                      .ratio = 1.02,
                      .interval = {1.01, 1.03},
                      .rounds = 5,
                      .won = true,
                      .seconds = 9,
                      .challenger_failed = true,
                      .champion_failed = true}};
  event.profiles = {{.program = id, .workload = "uuid-a", .reply = {{"digest", "dram"}}}};
  event.measurements = {{.program = id,
                         .quick = true,
                         .seconds = 1.25,
                         .judge_end = "exit code 3",
                         .workloads = {example_program(id).result.workloads[0]}}};
  event.placements = {
      {.program = id, .island = 2, .cell = "registers=2", .owns_cell = true, .migrant = true}};
  event.evicted = {id + 100};
  event.state = {static_cast<std::uint64_t>(id), {{"random", "1 2 3"}, {"at", id}}};
  event.note = "a note";
  return event;
}

std::vector<Json> exported(const RunStore& run) {
  std::vector<Json> lines;
  export_jsonl(run, [&](const std::string& line) { lines.push_back(parse_json(line, "export")); });
  return lines;
}

}  // namespace fihost::search
