// What expected outputs come from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/device/buffer.hpp"
#include "core/device/inputs.hpp"

namespace fihost::device {

/// One call: the inputs of one input set, and memory for what they should give. Scalars have no
/// buffer.
struct ReferenceCall {
  const Workload& workload;
  std::uint32_t set = 0;
  const std::vector<TensorPlan>& plans;
  const std::vector<Buffer>& lent;              ///< [tensor]; outputs are not to be touched
  const std::vector<std::uint64_t>& checksums;  ///< [tensor], of the inputs
  std::vector<Buffer>& outputs;                 ///< in the definition's order, poisoned
};

/// One thread.
class Reference {
 public:
  Reference() = default;
  virtual ~Reference() = default;
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;

  /// Fill the outputs. Returns the wall time in ms. Throws Error when the reference fails.
  virtual double expect(const ReferenceCall& call) = 0;
};

}  // namespace fihost::device
