// Events behind a spin gate.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <memory>

#include "core/device/stopwatch.hpp"

namespace fihost::device {

/// Per sample, on the candidate's stream: gate - flush of twice the L2 - event - call - event; then
/// the gate is opened, so that no launch overhead of the host lies between the events, and the whole
/// device is waited for. A call that itself waits is stuck behind the gate until that expires.
[[nodiscard]] std::unique_ptr<Stopwatch> make_cuda_stopwatch(FlushRule rule, cudaStream_t stream,
                                                             std::uint64_t l2_bytes);

}  // namespace fihost::device
