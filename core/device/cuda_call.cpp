#include "core/device/cuda_call.hpp"

#include "core/base/error.hpp"

namespace fihost::device {

void cuda_check(cudaError_t result, const char* what) {
  if (result != cudaSuccess) fail("{}: {}", what, cudaGetErrorString(result));
}

}  // namespace fihost::device
