#include "core/search/measure_slot.hpp"

#include <algorithm>
#include <exception>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/eval/parallel.hpp"
#include "core/search/cascade.hpp"
#include "core/search/mutator_request.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t complaint_bytes = 2000;

std::vector<std::size_t> wanted_workloads(const MeasureSlot& slot, const Json& request) {
  const auto asked = request.find("workloads");
  if (asked == request.end()) return slot.screen;
  std::vector<std::size_t> indices;
  for (const Json& uuid : *asked) {
    const auto& all = slot.workloads;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Workload& w) { return w.uuid == uuid; });
    if (found == all.end()) fail("measure: this run has no workload {}", dump(uuid));
    indices.push_back(static_cast<std::size_t>(found - all.begin()));
  }
  return indices;
}

/// The geometric mean of the speedups; null unless everything passed.
Json score_of(const std::vector<WorkloadResult>& workloads) {
  std::vector<double> speedups;
  for (const auto& workload : workloads) {
    const auto speedup = workload.speedup();
    if (workload.trial.status != Status::passed || !speedup) return nullptr;
    speedups.push_back(*speedup);
  }
  return speedups.empty() ? Json(nullptr) : Json(geometric_mean(speedups));
}

Json result_json(const BuildResult& build, const Measured& measured) {
  Json workloads = Json::array(), kernels = Json::array();
  auto status = Status::passed;
  std::string log;
  for (const auto& workload : measured.workloads) {
    workloads.push_back(workload_json(workload));
    if (status == Status::passed && workload.trial.status != Status::passed) {
      status = workload.trial.status;
      log = workload.trial.log;
    }
  }
  for (const auto& kernel : build.kernels) kernels.push_back(to_json(kernel));
  return {{"status", name(status)},
          {"log", log},
          {"kernels", std::move(kernels)},
          {"workloads", std::move(workloads)},
          {"score", score_of(measured.workloads)}};
}

std::vector<BuildResult> build_all(const MeasureSlot& slot, const Json& candidates,
                                   const std::stop_token& stop) {
  std::vector<BuildResult> builds(candidates.size());
  std::vector<std::exception_ptr> failures(candidates.size());
  const QuietGate::Work busy(slot.gate);
  for_each_parallel(candidates.size(), slot.build_jobs, stop, [&](std::size_t i) {
    try {
      builds[i] = slot.build(candidates[i].at("source").get<std::string>(), stop);
    } catch (...) {  // to the thread that asked
      failures[i] = std::current_exception();
    }
  });
  check_cancelled(stop);
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return builds;
}

}  // namespace

Json serve_measure(const MeasureSlot& slot, const Json& request, const std::stop_token& stop) {
  const auto workloads = wanted_workloads(slot, request);
  const auto& candidates = request.at("candidates");
  const auto builds = build_all(slot, candidates, stop);
  Json results = Json::array();
  for (const auto& build : builds) {
    if (!build.ok) {
      results.push_back({{"status", name(Status::compile_error)},
                         {"log", diagnostics_text(build, complaint_bytes)},
                         {"score", nullptr}});
      continue;
    }
    const Contestant contestant{.object = build.object, .name = "sweep", .source_digest = {}};
    auto measured =
        slot.desk
            .submit<Measured>([&](Evaluator& evaluator) {
              return evaluator.measure(contestant, {.workloads = workloads, .quick = true});
            })
            .get();
    slot.spent(measured.seconds);
    results.push_back(result_json(build, measured));
    check_cancelled(stop);
  }
  return {{"results", std::move(results)}};
}

}  // namespace fihost::search
