// One opened task on one device: evaluates candidates, one after the other.
#pragma once

#include <fihost/candidate.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/device/device.hpp"
#include "core/device/device_lock.hpp"
#include "core/device/examination.hpp"
#include "core/device/runner_pool.hpp"
#include "core/device/torch_reference.hpp"
#include "core/model/task.hpp"
#include "core/model/tvm_ffi_entry.hpp"

namespace fihost::device {

/// What the host asked for when it opened the session.
struct SessionRequest {
  std::string definition;
  std::optional<std::filesystem::path> dataset;
  std::vector<std::filesystem::path> task_path;
  std::filesystem::path cache;
  std::uint64_t seed = 0;
  std::string reference;  ///< an object; empty: the definition's own, run by PyTorch
  std::string python;     ///< the interpreter for that
  std::string generator;  ///< empty: none
  std::vector<std::string> workloads;
  std::optional<Tolerance> tolerance;
  CorrectnessRule rule = CorrectnessRule::strict;
  bool quick = false;
  std::string flush = "zero";
  std::chrono::milliseconds call_timeout{60'000};
};
[[nodiscard]] SessionRequest parse_session_request(const Json& json);

/// Emits one event to the host.
using Emit = std::function<void(const Json&)>;

class Session {
 public:
  Session(const std::string& worker, const std::string& device, SessionRequest request, Emit emit);

  /// Load the object in a fresh runner and examine it on every workload; emits one "trial" event
  /// each. Never throws for anything a candidate does. Returns the descriptor's name.
  /// The PyTorch reference is evaluated with an empty `object`.
  /// `tvm_ffi` is set for an object that is called through TVM-FFI; what such an object is for is
  /// the caller's word.
  std::string evaluate(std::uint64_t id, const std::string& object, fihost_role role,
                       const std::optional<TvmFfiEntry>& tvm_ffi);

 private:
  struct Loaded;
  void load(Loaded& loaded, std::size_t process);
  [[nodiscard]] std::string descriptor_refusal(const DescriptorText& text, fihost_role role) const;
  [[nodiscard]] Trial trial_of(Loaded& loaded, const Workload& workload);
  [[nodiscard]] Trial trial_in(Loaded& loaded, std::size_t process, const LentSets& sets);
  void open_reference(const std::string& worker);
  [[nodiscard]] std::string time_torch(std::uint64_t id);
  void emit_trial(std::uint64_t id, const Workload& workload, const Trial& trial,
                  Clock::time_point start) const;
  void select_workloads();
  void make_missing_data();

  SessionRequest request_;
  Emit emit_;
  std::unique_ptr<Device> device_;
  std::optional<DeviceLock> lock_;
  std::optional<RunnerPool> runners_;
  Nvml nvml_;
  Task task_;
  std::vector<const Workload*> workloads_;
  std::unique_ptr<Reference> reference_;
  TorchReference* torch_ = nullptr;  ///< reference_, when it is PyTorch's
  std::optional<TaskMemory> memory_;
  ExaminationRules rules_;
};

}  // namespace fihost::device
