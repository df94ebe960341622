// Where an output is wrong, in words. For people and for language models that mend it.
#pragma once

#include <string>

#include "core/device/device.hpp"
#include "core/device/inputs.hpp"
#include "core/device/judgement.hpp"

namespace fihost::device {

/// An output that failed, as it still lies in memory.
struct FailedOutput {
  const Buffer& expected;
  const Buffer& actual;
  const TensorPlan& plan;
  const Compared& compared;
  const Tolerance& tolerance;
  /// What an earlier call on poison_byte left, where `actual` is from one on second_poison_byte; null:
  /// there was no second call.
  const Buffer* first = nullptr;
};

/// In coordinates of the tensor: the patch with most failures of the worst row where a row is wrong,
/// else the first element that is; with one element's value and the one wanted. Looks for what
/// Judgement names first: elements that were not written, then those that are NaN or infinite on one
/// side, then errors. Empty when there is nothing of the kind. Reads the output back to the host, up to the place.
[[nodiscard]] std::string place_text(Device& device, const FailedOutput& output);

}  // namespace fihost::device
