// Programs for the tests of the population: what a run holds, without a run.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/search/population.hpp"

namespace fihost::search::test {

/// A program that passed with these latencies, in milliseconds, on workloads whose baseline takes
/// 1 ms, 2 ms, ... Its score is 1 / geometric mean unless it is set afterwards.
inline Program passed(ProgramId id, const std::vector<double>& latencies, int registers = 32) {
  Program program;
  program.id = id;
  program.name = "gen_" + std::to_string(id);
  program.source = "source " + program.name;
  program.source_digest = "s" + std::to_string(id);
  program.complete = true;
  program.result.verdict = Status::passed;
  KernelUsage usage;
  usage.kernel = "k";
  usage.arch = "sm_90a";
  usage.registers = registers;
  program.kernels = {usage};
  std::vector<double> speeds;
  for (const double latency : latencies) {
    WorkloadResult workload;
    workload.uuid = "w" + std::to_string(speeds.size());
    workload.trial.status = Status::passed;
    workload.trial.timing.emplace().latency_ms = latency;
    workload.baseline.emplace().latency_ms = static_cast<double>(speeds.size() + 1);
    program.result.workloads.push_back(workload);
    speeds.push_back(1 / latency);
  }
  program.result.score = geometric_mean(speeds);
  return program;
}

/// The same with a score and nothing else that counts.
inline Program scored(ProgramId id, double score, int registers = 32) {
  auto program = passed(id, {1, 1, 1}, registers);
  program.result.score = score;
  return program;
}

inline Program wrong(ProgramId id, double score) {
  auto program = scored(id, score);
  program.result.verdict = Status::incorrect_numerical;
  return program;
}

/// Every program by its id.
struct World {
  std::map<ProgramId, Program> programs;
  const Program& add(Program program) { return programs[program.id] = std::move(program); }
  [[nodiscard]] FindProgram find() const {
    return [this](ProgramId id) -> const Program& { return programs.at(id); };
  }
};

/// Two islands of six places, one dimension.
inline DatabaseConfig small_config() {
  DatabaseConfig config;
  config.population_size = 12;
  config.num_islands = 2;
  config.archive_size = 5;
  config.migration_interval = 3;
  config.feature_dimensions = {"registers"};
  return config;
}

}  // namespace fihost::search::test
