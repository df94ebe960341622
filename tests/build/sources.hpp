// Sources of candidates for the builder's tests.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/build/builder.hpp"

namespace fihost::test {

/// A CPU candidate that loads and does nothing.
inline const std::string cpu_candidate = R"(#include <fihost/candidate.h>
namespace {
fihost_status run(void*, const fihost_call*, const fihost_sink*) noexcept { return FIHOST_OK; }
}
extern "C" const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, 0), "nothing", "test", nullptr, FIHOST_ROLE_CANDIDATE,
    FIHOST_CPU, nullptr, nullptr, run, nullptr};
)";

/// The same for CUDA, with a kernel of 1024 bytes of shared memory.
inline const std::string cuda_candidate = R"(#include <fihost/candidate.h>
#include <cuda_runtime.h>
#include "factor.cuh"
namespace {
template <int N> __global__ void reverse(float* p) {
  __shared__ float s[256];
  s[threadIdx.x] = p[threadIdx.x];
  __syncthreads();
  p[threadIdx.x] = s[255 - threadIdx.x] * N;
}
fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  reverse<factor><<<1, 256, 0, static_cast<cudaStream_t>(call->stream)>>>(
      static_cast<float*>(call->outputs[0].data));
  return cudaGetLastError() == cudaSuccess ? FIHOST_OK : FIHOST_DEVICE_ERROR;
}
}
extern "C" const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, 0), "reverse", "test", nullptr, FIHOST_ROLE_CANDIDATE,
    FIHOST_CUDA, nullptr, nullptr, run, nullptr};
)";

inline std::size_t errors(const BuildResult& result) {
  return static_cast<std::size_t>(
      std::count_if(result.diagnostics.begin(), result.diagnostics.end(),
                    [](const Diagnostic& d) { return d.severity == "error"; }));
}

}  // namespace fihost::test
