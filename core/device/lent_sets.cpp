#include "core/device/lent_sets.hpp"

#include <algorithm>
#include <numeric>

#include "core/base/error.hpp"

namespace fihost::device {

TaskMemory::TaskMemory(Device& device, const Task& task, Reference& reference, std::uint64_t seed)
    : device_(device), task_(task), reference_(reference), seed_(seed) {}

std::uint32_t TaskMemory::count_sets(const std::vector<TensorPlan>& plans) const {
  const std::uint64_t one =
      std::accumulate(plans.begin(), plans.end(), std::uint64_t{1},
                      [](std::uint64_t sum, const TensorPlan& plan) { return sum + plan.bytes; });
  // Together the sets exceed the last-level cache fourfold, so that going round them is cold.
  const std::uint64_t wanted = (4 * device_.info().l2_bytes + one - 1) / one;
  const std::uint64_t room = std::max<std::uint64_t>(1, device_.info().memory_bytes / 4 / one);
  return static_cast<std::uint32_t>(std::min(std::clamp<std::uint64_t>(wanted, 2, max_sets), room));
}

std::vector<Buffer> TaskMemory::take_set(const std::vector<TensorPlan>& plans) {
  std::vector<Buffer> set;
  for (const TensorPlan& plan : plans) {
    if (plan.spec->scalar()) {
      set.emplace_back();
      continue;
    }
    // The first one put back comes first, so that a set gets the same memory again.
    const auto found = spare_.lower_bound(plan.bytes);
    if (found != spare_.end() && found->first == plan.bytes) {
      set.push_back(std::move(found->second));
      spare_.erase(found);
      continue;
    }
    auto fresh = device_.allocate(plan.bytes, true);
    if (!fresh) {
      spare_.clear();
      fresh = device_.allocate(plan.bytes, true);
    }
    if (!fresh) {
      fail("{} has no room for {} of workload {}: {} bytes wanted, {} free", device_.info().name,
           plan.spec->name, open_.workload->uuid, plan.bytes, device_.free_bytes());
    }
    set.push_back(std::move(*fresh));
  }
  return set;
}

LentSets& TaskMemory::open(const Workload& workload) {
  for (auto& set : open_.sets) {
    for (Buffer& buffer : set) {
      if (buffer) spare_.emplace(buffer.bytes(), std::move(buffer));
    }
  }
  open_ = LentSets{};
  open_.workload = &workload;
  open_.plans = plan_tensors(task_.definition, workload, seed_);
  const std::uint32_t sets = count_sets(open_.plans);
  for (std::uint32_t set = 0; set < sets; ++set) {
    open_.sets.push_back(take_set(open_.plans));
    std::vector<std::uint64_t> sums(open_.plans.size(), 0);
    for (std::size_t i = 0; i < open_.plans.size(); ++i) {
      const Buffer& buffer = open_.sets[set][i];
      if (!buffer || open_.plans[i].output) continue;
      fill_input(device_, buffer, open_.plans[i], task_, workload, seed_, set);
      sums[i] = device_.checksum(buffer);
    }
    open_.checksums.push_back(std::move(sums));
    expect(set);
  }
  spare_.clear();  // what this workload did not need
  open_.reference_ms = reference_ms_[workload.uuid];
  return open_;
}

void TaskMemory::expect(std::uint32_t set) {
  const auto key = std::make_pair(open_.workload->uuid, set);
  if (expected_.contains(key)) return;
  if (expected_bytes_ > device_.info().memory_bytes / 8) {
    std::erase_if(expected_, [&](const auto& entry) { return entry.first.first != key.first; });
    expected_bytes_ = 0;
    for (const auto& entry : expected_) {
      for (const Buffer& kept : entry.second) expected_bytes_ += kept.capacity();
    }
  }
  std::vector<Buffer> outputs;
  for (const TensorPlan& plan : open_.plans) {
    if (!plan.output) continue;
    auto own = device_.allocate(plan.bytes, false);
    if (!own)
      fail("{} has no room for expected outputs of {} bytes", device_.info().name, plan.bytes);
    device_.poison(*own);
    expected_bytes_ += own->capacity();
    outputs.push_back(std::move(*own));
  }
  expected_[key] = std::move(outputs);
  reference_ms_[open_.workload->uuid] = reference_.expect(reference_call(set));
}

ReferenceCall TaskMemory::reference_call(std::uint32_t set) {
  return {.workload = *open_.workload,
          .set = set,
          .plans = open_.plans,
          .lent = open_.sets.at(set),
          .checksums = open_.checksums.at(set),
          .outputs = expected_.at({open_.workload->uuid, set})};
}

const std::vector<Buffer>& TaskMemory::expected(std::uint32_t set) const {
  return expected_.at({open_.workload->uuid, set});
}

const Buffer* TaskMemory::workspace(std::uint64_t bytes) {
  if (!workspace_ || workspace_.bytes() != bytes) {
    workspace_ = Buffer();
    // Whatever the device has left must cover it with some room for the driver.
    constexpr std::uint64_t margin = 256u << 20;
    if (bytes > device_.free_bytes() || device_.free_bytes() - bytes < margin) return nullptr;
    auto fresh = device_.allocate(bytes, true);
    if (!fresh) return nullptr;
    workspace_ = std::move(*fresh);
  }
  return &workspace_;
}

}  // namespace fihost::device
