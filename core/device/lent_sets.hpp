// The memory of one workload: several input sets with their outputs, lent to runners, and the
// expected outputs, which no runner ever sees.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/device/device.hpp"
#include "core/device/inputs.hpp"
#include "core/device/reference.hpp"
#include "core/model/task.hpp"

namespace fihost::device {

/// One workload, ready to be lent. Scalars have no buffer.
struct LentSets {
  const Workload* workload = nullptr;
  std::vector<TensorPlan> plans;
  std::vector<std::vector<Buffer>> sets;              ///< [set][tensor]
  std::vector<std::vector<std::uint64_t>> checksums;  ///< [set][tensor], inputs only
  double reference_ms = 0;                            ///< wall time of one reference call
};

/// Keeps buffers between workloads, so that successive candidates run in the same physical memory,
/// and expected outputs between candidates.
class TaskMemory {
 public:
  TaskMemory(Device& device, const Task& task, Reference& reference, std::uint64_t seed);

  /// Fill every set afresh and make sure that its expectations exist. What the previous workload
  /// held is reused. Throws Error when memory does not suffice for a single set.
  LentSets& open(const Workload& workload);

  /// What open() opened.
  [[nodiscard]] const LentSets& current() const noexcept { return open_; }

  /// The call that gave the expectations of `set` of the open workload, for timing it.
  [[nodiscard]] ReferenceCall reference_call(std::uint32_t set);

  /// Expected outputs of `set` of the open workload, in the definition's order.
  [[nodiscard]] const std::vector<Buffer>& expected(std::uint32_t set) const;

  /// Memory for a candidate's workspace; a buffer of that size is kept for the next one. None when
  /// the device has not that much left.
  [[nodiscard]] const Buffer* workspace(std::uint64_t bytes);

 private:
  [[nodiscard]] std::uint32_t count_sets(const std::vector<TensorPlan>& plans) const;
  [[nodiscard]] std::vector<Buffer> take_set(const std::vector<TensorPlan>& plans);
  void expect(std::uint32_t set);

  Device& device_;
  const Task& task_;
  Reference& reference_;
  std::uint64_t seed_;
  LentSets open_;
  std::multimap<std::uint64_t, Buffer> spare_;  // by bytes
  Buffer workspace_;
  std::map<std::pair<std::string, std::uint32_t>, std::vector<Buffer>> expected_;  // [uuid, set]
  std::map<std::string, double> reference_ms_;
  std::uint64_t expected_bytes_ = 0;
};

}  // namespace fihost::device
