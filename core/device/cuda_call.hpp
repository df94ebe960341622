// CUDA results as exceptions, for the trusted code.
#pragma once

#include <cuda_runtime.h>

namespace fihost::device {

/// Throws Error "what: <text of the result>" unless `result` is cudaSuccess.
void cuda_check(cudaError_t result, const char* what);

}  // namespace fihost::device
