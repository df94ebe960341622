// The slot "measure": builds and times sources for a mutator that searches by itself.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "core/search/measuring_desk.hpp"
#include "core/search/program.hpp"
#include "core/search/proposal.hpp"

namespace fihost::search {

/// What the slot works with; outlives its calls, and everything in it is thread-safe.
struct MeasureSlot {
  const BuildSource& build;
  MeasuringDesk& desk;
  QuietGate& gate;
  const std::vector<Workload>& workloads;     ///< of the run
  std::vector<std::size_t> screen;            ///< those that stand for all; empty: all of them
  std::size_t build_jobs = 1;                 ///< compilers at once
  std::function<void(double seconds)> spent;  ///< of the device
};

/// Serves one request of measure.measure.json: every candidate is built, those that were are measured
/// quickly, one after the other. Throws Error for a workload that the run does not have; Cancelled on
/// stop.
[[nodiscard]] Json serve_measure(const MeasureSlot& slot, const Json& request,
                                 const std::stop_token& stop);

}  // namespace fihost::search
