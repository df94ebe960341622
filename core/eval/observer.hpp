// How an evaluation tells what it is doing. All calls come from the thread that evaluates.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "core/build/builder.hpp"
#include "core/model/trial.hpp"

namespace fihost {

/// Each function may be empty.
struct Observer {
  /// A line for people: what is being waited for, what may take long.
  std::function<void(const std::string& text)> note;
  /// Evaluation starts; `steps` trials are to come, the baseline's included.
  std::function<void(std::size_t steps)> began;
  std::function<void(const std::string& candidate, const BuildResult& result)> built;
  /// The reference has been timed on every workload.
  std::function<void(double seconds)> baseline;
  /// `workload` is for people: "3/19 seq_len=64".
  std::function<void(const std::string& candidate, const std::string& workload,
                     const std::string& stage)>
      stage;
  std::function<void(const std::string& candidate, const Trial& trial)> trial;
  /// `steps` trials of it were not made one by one (it was refused, or the judge died).
  std::function<void(const std::string& candidate, Status verdict, double seconds,
                     std::size_t steps)>
      finished;
};

}  // namespace fihost
