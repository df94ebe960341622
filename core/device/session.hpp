// One opened task on one device: evaluates candidates, one after the other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/device/device.hpp"
#include "core/device/device_lock.hpp"
#include "core/device/entrant.hpp"
#include "core/device/session_request.hpp"
#include "core/device/torch_reference.hpp"
#include "core/model/task.hpp"

namespace fihost::device {

/// Emits one event to the host.
using Emit = std::function<void(const Json&)>;

class Session {
 public:
  Session(const std::string& worker, const std::string& device, SessionRequest request, Emit emit);

  /// Load the object in fresh runners and examine it on every workload of `part`; emits one "trial"
  /// event each. Never throws for anything a candidate does. Returns the descriptor's name.
  /// The PyTorch reference is evaluated with an empty path.
  std::string evaluate(std::uint64_t id, const EntrantObject& object, const Part& part);

  /// Time two or more candidates in turns, see match.hpp; emits a "trial" event with the object's
  /// number for each that there is, when all rounds are over. Returns the descriptors' names.
  std::vector<std::string> match(std::uint64_t id, const std::vector<EntrantObject>& objects,
                                 const Part& part, std::size_t rounds);

 private:
  [[nodiscard]] Bench bench() {
    return {*device_, *memory_, nvml_, *runners_, task_.definition.name};
  }
  [[nodiscard]] ExaminationRules rules_for(const Part& part);
  [[nodiscard]] std::vector<const Workload*> workloads_of(const Part& part) const;
  [[nodiscard]] Trial trial_of(Entrant& entrant, const Workload& workload);
  void open_reference(const std::string& worker);
  [[nodiscard]] std::string time_torch(std::uint64_t id, const Part& part);
  /// `who`: the keys that name the candidate in an event.
  [[nodiscard]] Entrant::StageEvent stage_events(const Json& who) const;
  void emit_trial(const Json& who, const Workload& workload, const Trial& trial,
                  double seconds) const;
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
