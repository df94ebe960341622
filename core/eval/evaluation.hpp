// One definition's candidates, from files to a ranking.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/builder.hpp"
#include "core/eval/observer.hpp"
#include "core/eval/plan.hpp"
#include "core/eval/ranking.hpp"
#include "core/eval/result_store.hpp"
#include "core/eval/trusted_objects.hpp"
#include "core/model/task.hpp"

namespace fihost {

struct EvaluationRequest {
  Task task;  ///< as found by find_task() from the two fields that follow
  std::optional<std::filesystem::path> dataset;
  std::vector<std::filesystem::path> task_folders;
  std::vector<Workload> workloads;  ///< the selected ones
  std::vector<PlannedCandidate> candidates;
  DeviceInfo device;
  std::filesystem::path prefix;  ///< the installation
  std::filesystem::path worker;
  std::filesystem::path cache;
  std::vector<std::string> archs;  ///< for .cu sources
  std::uint64_t seed = 0;
  bool resume = false;     ///< take the results that the store has of the same measurements
  bool seed_free = false;  ///< when resuming, the seed may be that of the newest such run
  double timeout_s = 60;   ///< of one call of a candidate
  std::size_t jobs = 1;    ///< compilers at once
  bool quick = false;      ///< cheaper timing
  CorrectnessRule rule = CorrectnessRule::strict;
  ReferenceChoice reference = ReferenceChoice::automatic;
  std::string flush = "zero";
  std::string scorer;    ///< its id, for the record
  bool verbose = false;  ///< the judge's stderr goes to ours
};

struct EvaluationServices {
  const Builder& builder;
  const Scorer& scorer;
  const Observer& observer;
  ResultStore* store = nullptr;  ///< keeps every candidate's results; none: nothing is kept
};

/// Build what needs building, time the reference, evaluate every candidate, rank. On CUDA the builds
/// go on while the judge evaluates what is ready; on the CPU they come first, because compilers beside
/// a timed candidate would be measured with it. Throws Error when there is no evidence to be had (no
/// reference, no judge, a reference that fails); Cancelled on stop.
[[nodiscard]] Ranking evaluate(const EvaluationRequest& request, const EvaluationServices& services,
                               std::stop_token stop);

/// A ranking of failures alone, for candidates whose definition is not known: each with its own
/// rejection, or COMPILE_ERROR and `reason`.
[[nodiscard]] Ranking rank_refused(const std::vector<PlannedCandidate>& candidates,
                                   const DeviceInfo& device, const std::string& reason);

}  // namespace fihost
