// A small run in a real store: a seed, five attempts, two of which became champions.
#pragma once

#include <cmath>

#include "core/search/run_store.hpp"

namespace sample {

inline fihost::WorkloadResult workload(const std::string& uuid, std::int64_t length,
                                       double latency_ms) {
  fihost::WorkloadResult w;
  w.uuid = uuid;
  w.axes = {{"seq_len", length}};
  w.trial.status = fihost::Status::passed;
  w.trial.timing = fihost::Timing{};
  w.trial.timing->latency_ms = latency_ms;
  w.trial.timing->low_ms = latency_ms * 0.99;
  w.trial.timing->high_ms = latency_ms * 1.01;
  w.trial.timing->samples = 100;
  w.trial.timing->processes_ms = {latency_ms, latency_ms, latency_ms};
  w.trial.timing->sm_mhz = 1980;
  w.baseline = fihost::Timing{};
  w.baseline->latency_ms = 10;
  w.baseline->low_ms = 9.9;
  w.baseline->high_ms = 10.1;
  w.baseline->samples = 100;
  return w;
}

/// `speed` times as fast as the seed, whose latencies are 4 and 8 ms.
inline fihost::search::Program program(fihost::search::ProgramId id,
                                       fihost::search::AttemptId attempt, double speed) {
  fihost::search::Program p;
  p.id = id;
  p.attempt = attempt;
  p.name = attempt == 0 ? "naive" : "gen_" + std::to_string(id - 1);
  p.source = "// " + p.name + "\n" + std::string(500, 'x') + "\n";
  p.language = fihost::search::Language::cpp;
  p.source_digest = "source" + std::to_string(id);
  p.code_digest = "code" + std::to_string(id);
  p.complete = true;
  p.result.name = p.name;
  p.result.path = p.name + ".cpp";
  p.result.workloads = {workload("aaaaaaaa-1", 16, 4 / speed),
                        workload("bbbbbbbb-2", 512, 8 / speed)};
  p.result.verdict = fihost::Status::passed;
  p.result.score = std::sqrt(10.0 / 4 * 10 / 8) * speed;
  p.result.score_ci = fihost::Interval{*p.result.score * 0.99, *p.result.score * 1.01};
  if (attempt != 0) {
    p.mutator = "mutator.llm_diff";
    p.note = "stages the tile";
    p.generation = 1;
  }
  return p;
}

inline fihost::search::Attempt attempt(fihost::search::AttemptId id,
                                       fihost::search::Outcome outcome,
                                       fihost::search::ProgramId program,
                                       fihost::search::ProgramId parent) {
  fihost::search::Attempt a;
  a.id = id;
  a.island = static_cast<int>(id % 2);
  a.mutator = id == 5 ? "mutator.params" : "mutator.llm_diff";
  a.parents = {parent};
  a.outcome = outcome;
  a.program = program;
  a.propose_seconds = 10;
  a.build_seconds = 2;
  a.evaluate_seconds = 3;
  return a;
}

inline fihost::search::Exchange exchange(fihost::search::AttemptId attempt) {
  fihost::search::Exchange e;
  e.attempt = attempt;
  e.slot = "llm";
  e.op = "complete";
  e.request = {
      {"purpose", "propose"},
      {"messages",
       {{{"role", "system"}, {"content", "You write fast kernels. " + std::string(200, 's')}},
        {{"role", "user"}, {"content", "Improve attempt " + std::to_string(attempt)}}}}};
  e.reply = {{"text", "Done."},
             {"model", "big"},
             {"finish", "stop"},
             {"usage", {{"input_tokens", 1000}, {"output_tokens", 200}, {"cost_usd", 0.5}}}};
  e.seconds = 4;
  return e;
}

/// Programs 1 (seed), 2 (1.2 times as fast), 3 (slower), 4 (1.5 times); attempt 3 did not build.
inline void write_run(const std::filesystem::path& file) {
  using fihost::search::Outcome;
  fihost::search::RunHead head;
  head.definition = "scale_f32";
  head.created_at = "2026-01-02T03:04:05Z";
  head.seed_path = "naive.cpp";
  head.config = {{"max_iterations", 5}};
  head.about = {{"schema", "fihost.ranking/1"}, {"device", {{"name", "Test CPU"}}}};
  auto store = fihost::search::RunStore::create(file, head);
  fihost::search::RunEvent event;
  event.kind = "start";
  event.programs = {program(1, 0, 1)};
  event.placements = {{1, 0, "regime=small", true, false}, {1, 1, "regime=small", true, false}};
  store.record(event);
  event = {};
  event.kind = "result";
  event.attempts = {attempt(1, Outcome::accepted, 2, 1), attempt(2, Outcome::slower, 3, 1),
                    attempt(3, Outcome::build_failed, 0, 2),
                    attempt(4, Outcome::build_failed, 0, 2), attempt(5, Outcome::accepted, 4, 2)};
  event.attempts[0].improvement = event.attempts[4].improvement = true;
  event.attempts[2].reason = event.attempts[3].reason = "gen.cpp:1: error: expected ';'";
  event.attempts[2].source = "broken";
  event.programs = {program(2, 1, 1.2), program(3, 2, 0.5), program(4, 5, 1.5)};
  event.programs[0].parents = event.programs[1].parents = {1};
  event.programs[2].parents = {2};
  event.exchanges = {exchange(1), exchange(2)};
  event.rematches = {{2, 1, 1.21, {1.2, 1.22}, 5, true, 9}, {4, 2, 1.26, {1.25, 1.27}, 5, true, 9}};
  event.placements = {{2, 1, "regime=small", true, false}, {4, 1, "regime=large", true, false}};
  event.state = fihost::search::RunState{3, {{"any", "thing"}}};
  store.record(event);
  event = {};
  event.kind = "stop";
  event.note = "5 of 5 iterations";
  store.record(event);
}

}  // namespace sample
