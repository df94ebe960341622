// What `load` and `rank` share: from paths and options to rankings.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/build/builder.hpp"
#include "core/dataset/trace_file.hpp"
#include "core/eval/evaluation.hpp"
#include "core/eval/inspection.hpp"
#include "core/eval/observer.hpp"
#include "core/eval/worker_probe.hpp"
#include "core/plugin/registry.hpp"
#include "core/report/progress.hpp"
#include "tools/fihost/evaluation_options.hpp"

namespace fihost {

/// Progress goes to stderr. One thread, which must live as long as the object.
class EvaluationSession {
 public:
  /// Finds the worker, the device, the scorer and the compilers. Throws Error.
  EvaluationSession(const EvaluationOptions& options, std::stop_token stop);

  /// One ranking a definition. With several definitions one that cannot be evaluated is reported on
  /// stderr and costs only itself. Throws Error, Cancelled.
  [[nodiscard]] std::vector<Ranking> rank();

  /// The worst exit code that what was reported and passed over deserves; 0: nothing was.
  [[nodiscard]] std::optional<Fault> passed_over() const { return passed_over_; }

  /// What the object at `path` says about itself; loads it in a child process. `function` is the one
  /// of a TVM-FFI object; empty: that of --entry, or the only one.
  [[nodiscard]] Inspection look_into(const std::filesystem::path& path,
                                     const std::string& function = {}) const;

  /// What the paths hold, by definition; objects are looked into. Throws Error, Cancelled.
  [[nodiscard]] std::vector<Plan> plan() const;

  /// What there is to know before candidates are evaluated: the task, found where the options and the
  /// plan say, and its workloads that were asked for. Throws Error.
  [[nodiscard]] EvaluationRequest request_for(const Plan& plan) const;

  /// The object of a .cu, .cpp or .json file. Throws Error for what cannot be read. Not ok without a
  /// word for a solution in a language that is not built.
  [[nodiscard]] BuildResult build(const std::filesystem::path& path) const;

  [[nodiscard]] const Builder& builder() const { return builder_; }
  [[nodiscard]] const DeviceInfo& device() const { return device_; }
  [[nodiscard]] const std::filesystem::path& prefix() const { return prefix_; }
  [[nodiscard]] const Probe& probe() const { return probe_; }
  [[nodiscard]] const Environment& environment() const { return environment_; }

 private:
  [[nodiscard]] Ranking rank(const Plan& plan);
  [[nodiscard]] Observer observer();
  void open_store();
  void write_trace(const MeasuredTrial& measured, const Task& task);
  void warn_of_long_runs(const EvaluationRequest& request);

  const EvaluationOptions& options_;
  std::stop_token stop_;
  std::filesystem::path prefix_, cache_, worker_;
  Probe probe_;
  DeviceInfo device_;
  std::vector<std::string> archs_;
  Toolchain toolchain_;
  Environment environment_;
  Builder builder_;
  std::unique_ptr<Component> scorer_;
  std::optional<ResultStore> store_;
  std::map<std::filesystem::path, TraceFile> trace_files_;
  Progress progress_;
  std::optional<Fault> passed_over_;
};

/// 0 when a candidate passed everywhere, else 1.
[[nodiscard]] int exit_code(const std::vector<Ranking>& rankings);

}  // namespace fihost
