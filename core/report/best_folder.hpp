// The best program of a run as a folder that needs no run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/eval/ranking.hpp"
#include "core/model/definition.hpp"
#include "core/model/workload.hpp"
#include "core/search/program.hpp"

namespace fihost {

/// Everything is borrowed.
struct BestProgram {
  const search::Program& program;
  const search::Program& seed;
  const Ranking& about;          ///< what was measured on, without candidates
  std::filesystem::path object;  ///< of `program`
  const Definition& definition;
  const std::vector<Workload>& workloads;
  std::filesystem::path prefix;  ///< the installation
  std::string author;            ///< of the solution
};

/// Makes `folder`: the source best.cu or best.cpp, its object best.so, best.md (build line, table of
/// the workloads, what it was measured on), ranking.json of it and the seed as fihost rank --json
/// writes it, and solution.json where the definition has a binding. An earlier `folder` is replaced
/// in one step: a reader sees the old or the new one. Returns what could not be written and why, one
/// line each; throws Error when the folder cannot be.
std::vector<std::string> write_best(const std::filesystem::path& folder, const BestProgram& best);

}  // namespace fihost
