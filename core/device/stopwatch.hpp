// Times single calls with a cold cache.
#pragma once

#include <fihost/abi.h>

#include <functional>
#include <string>

namespace fihost::device {

/// How the last-level cache is emptied before each sample. Zero-fill leaves dirty lines that the
/// timed call must write back; reading evicts with clean ones. It decides rankings, so every result
/// names the rule.
enum class FlushRule { zero, read };

struct Sample {
  double ms = 0;
  fihost_status status = FIHOST_OK;  ///< what the call returned
  bool waited = false;               ///< the call waited for the device, which run() must not do
  std::string fault;                 ///< the device's fault, or empty
};

/// Lives in the runner, on its thread.
class Stopwatch {
 public:
  virtual ~Stopwatch() = default;
  /// Flush, then time one call; returns when the device is idle again.
  [[nodiscard]] virtual Sample time(const std::function<fihost_status()>& call) = 0;
  /// Clock, gate and flush in words, e.g. "CUDA events behind a spin gate, L2 zero-filled (120 MB)".
  [[nodiscard]] virtual std::string description() const = 0;
};

}  // namespace fihost::device
