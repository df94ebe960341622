// One candidate in a judge: the fresh processes that hold it, and what became of earlier ones.
#pragma once

#include <fihost/candidate.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/device/examination.hpp"
#include "core/device/runner_pool.hpp"
#include "core/model/tvm_ffi_entry.hpp"

namespace fihost::device {

/// What candidates are tried on.
struct Bench {
  Device& device;
  TaskMemory& memory;
  Nvml& nvml;
  RunnerPool& runners;
  const std::string& definition;
};

/// An object as the host names it.
struct EntrantObject {
  std::string path;
  fihost_role role = FIHOST_ROLE_CANDIDATE;
  /// Set for an object that is called through TVM-FFI; what such an object is for is the caller's
  /// word.
  std::optional<TvmFfiEntry> tvm_ffi;
};

/// Never throws for anything the candidate does.
class Entrant {
 public:
  using StageEvent = std::function<void(const std::string& workload, const char* stage)>;

  /// For `rules.timing.processes` processes, none of which is started yet.
  Entrant(const Bench& bench, EntrantObject object, ExaminationRules rules, StageEvent on_stage);

  /// See that `process` holds the object. False when it cannot, or when the candidate has been given
  /// up: then there is a verdict().
  [[nodiscard]] bool ready(std::size_t process);
  /// Check and time it on the open workload, in a process that is ready(). After one that does not
  /// pass the processes are gone, and one is enough for what is left: there is no score any more.
  /// After a hang, or two abnormal ends, there is a verdict().
  [[nodiscard]] Trial examine(std::size_t process, const LentSets& sets);
  /// End all processes and begin again with `count` fresh ones.
  void restart(std::size_t count);

  [[nodiscard]] std::size_t processes() const noexcept { return runners_.size(); }
  /// Of every workload from here on.
  [[nodiscard]] const std::optional<Trial>& verdict() const noexcept { return verdict_; }
  /// As the descriptor says; empty until one was read.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  void load(std::size_t process);
  [[nodiscard]] std::string descriptor_refusal(const DescriptorText& text) const;

  Bench bench_;
  EntrantObject object_;
  ExaminationRules rules_;
  StageEvent on_stage_;
  std::string name_;
  std::vector<std::unique_ptr<RunnerProcess>> runners_;  ///< [process]; none: to be started
  std::optional<Trial> verdict_;
  int abnormal_ends_ = 0;
};

}  // namespace fihost::device
