// One candidate on one workload: lend, check, time, check again. Everything that counts is decided
// here, from memory the judge owns; the runner contributes bytes and a claimed time.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "core/device/lent_sets.hpp"
#include "core/device/measurement.hpp"
#include "core/device/nvml.hpp"
#include "core/device/runner_process.hpp"
#include "core/model/trial.hpp"

namespace fihost::device {

/// What is the same for all candidates of a run.
struct ExaminationRules {
  Tolerance tolerance;
  CorrectnessRule rule = CorrectnessRule::strict;
  TimingPolicy timing;
  std::chrono::milliseconds call_timeout{60'000};
};

/// What the examination needs from its surroundings.
struct ExaminationContext {
  Device& device;
  TaskMemory& memory;
  Nvml& nvml;
  std::function<void(const char* stage)> on_stage;  ///< "validate", "time"
  std::function<void()> quiet;  ///< returns when no process is starting or ending on the device
};

struct Examination {
  Trial trial;
  bool runner_lost = false;  ///< the process is dead or its device is; take another one
};

/// The candidate is already loaded in `runner`; `sets` is the open workload.
[[nodiscard]] Examination examine(RunnerProcess& runner, const LentSets& sets,
                                  const ExaminationRules& rules, const ExaminationContext& context);

}  // namespace fihost::device
