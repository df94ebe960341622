// The real worker without the command line: a run of the smallest task.
#pragma once

#include <filesystem>

#include "core/build/builder.hpp"
#include "core/eval/evaluation.hpp"

namespace fihost::test {

/// Shared by all runs of this process, so that the reference is compiled once.
[[nodiscard]] const Builder& shared_builder();

/// All three workloads of scale_f32 on the CPU, timed quickly; a call may take two seconds.
[[nodiscard]] EvaluationRequest scale_run();

/// All workloads of a task that is installed, on `device` ("cpu", "cuda:0").
[[nodiscard]] EvaluationRequest installed_run(const std::string& definition,
                                              const std::string& device_type);

}  // namespace fihost::test
