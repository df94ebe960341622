// The loop: propose, build, measure, decide, record.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/model/definition.hpp"
#include "core/model/workload.hpp"
#include "core/search/config.hpp"
#include "core/search/measuring_desk.hpp"
#include "core/search/proposal.hpp"
#include "core/search/run_progress.hpp"
#include "core/search/run_store.hpp"

namespace fihost::search {

/// What is to be improved, and how.
struct EvolutionRequest {
  EvolveConfig config;  ///< with the mutators that take part
  Definition definition;
  std::vector<Workload> workloads;
  DeviceInfo device;
  Language language = Language::cuda;
  std::string seed_name, seed_source;
  std::string score_rule;  ///< for prompts: the scorer's summary
};

/// Calls from the thread that runs the loop. Each may be empty.
struct EvolutionObserver {
  std::function<void(const std::string& text)> event;         ///< one attempt, one line
  std::function<void(const std::string& text)> line;          ///< worth more than an attempt
  std::function<void(const RunProgress& progress)> progress;  ///< several times a second
  /// There is a new champion, first of all the seed; everything about it is in the store.
  std::function<void(const Program& champion, const std::filesystem::path& object)> champion;
};

/// What the loop uses; all of it outlives the loop.
struct EvolutionServices {
  /// Makes the evaluator of a device; `stop` ends what it measures at once.
  std::function<std::unique_ptr<Evaluator>(std::size_t device, std::stop_token stop)>
      open_evaluator;
  std::size_t devices = 1;
  /// What is measured on and with, for the record.
  std::function<Json(const Ranking& about)> describe;
  BuildSource build;
  std::function<std::string(const std::filesystem::path& object)> code_digest;
  /// What a build alone says about a candidate, a line each: advice for prompts. May be empty.
  std::function<std::vector<std::string>(const std::filesystem::path& object,
                                         const std::vector<KernelUsage>& kernels)>
      advise;
  Scorer scorer;
  const std::map<std::string, std::unique_ptr<Component>>& mutators;
  Component* llm = nullptr;
  /// Profiles an object on a workload: the profiler's reply. Called by the thread of a device, which
  /// measures nothing meanwhile. Empty: nothing is profiled. What it throws costs the profile.
  std::function<Json(const std::filesystem::path& object, const Workload& workload)> profile;
  /// A run whose decisions are to be made again: its answers are taken instead of asking. None: no
  /// replay.
  const RunStore* recorded = nullptr;
  EvolutionObserver observer;
};

/// How a run ended.
struct EvolutionEnd {
  std::string reason;        ///< one line
  bool interrupted = false;  ///< by `stop`: it can be resumed where it was
  Program champion, seed;
  std::uint64_t iteration = 0, proposals = 0, improvements = 0;
};

/// Goes on where `store` was left, or starts with the seed. On `stop` proposals are cancelled, what
/// is being measured is finished, everything is recorded. Throws Error when the seed is not right, no
/// judge can be had or the store cannot be written: what was recorded until then stays.
EvolutionEnd evolve(const EvolutionRequest& request, const EvolutionServices& services,
                    RunStore& store, std::stop_token stop);

}  // namespace fihost::search
