// fihost/cuda.hpp - CUDA calls in a candidate that end in a status and one line of text.
#pragma once

#include <cuda_runtime_api.h>

#include <fihost/candidate.hpp>

namespace fihost::sdk {

/// Write "<expression>: <what CUDA says>" and give DEVICE_ERROR.
[[nodiscard]] inline fihost_status cuda_failure(const fihost_sink* error,
                                                std::string_view expression,
                                                cudaError_t code) noexcept {
  write(error, expression);
  write(error, ": ");
  return fail(error, FIHOST_DEVICE_ERROR, cudaGetErrorString(code));
}

/// The stream of a call, as CUDA names it.
[[nodiscard]] inline cudaStream_t stream(const fihost_call& call) noexcept {
  return static_cast<cudaStream_t>(call.stream);
}

}  // namespace fihost::sdk

/// In a function that returns fihost_status: return DEVICE_ERROR from it unless `call` succeeds.
///   kernel<<<grid, block, 0, stream>>>(...);
///   FIHOST_TRY_CUDA(error, cudaGetLastError());
#define FIHOST_TRY_CUDA(error, ...)                                                    \
  do {                                                                                 \
    if (const cudaError_t fihost_code_ = (__VA_ARGS__); fihost_code_ != cudaSuccess) { \
      return ::fihost::sdk::cuda_failure((error), #__VA_ARGS__, fihost_code_);         \
    }                                                                                  \
  } while (false)
