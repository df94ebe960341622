// The CUDA device of a build without nvcc.
#include "core/base/error.hpp"
#include "core/device/cuda_device.hpp"

namespace fihost::device {

CudaProbe probe_cuda() {
  return {{}, "this fihost was built without CUDA; build it where nvcc is"};
}

std::unique_ptr<Device> open_cuda_device(int) { fail("{}", probe_cuda().error); }

}  // namespace fihost::device
