// Grids of the trusted kernels: one thread an item, in strides. For CUDA sources only.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "core/device/cuda_call.hpp"

namespace fihost::device {

constexpr unsigned int threads = 256;
constexpr unsigned int max_blocks = 16384;  // grid-stride loops cover the rest

inline unsigned int blocks_for(std::uint64_t items) {
  const std::uint64_t blocks = (items + threads - 1) / threads;
  return static_cast<unsigned int>(std::clamp<std::uint64_t>(blocks, 1, max_blocks));
}

__device__ inline std::uint64_t first_item() {
  return blockIdx.x * static_cast<std::uint64_t>(blockDim.x) + threadIdx.x;
}
__device__ inline std::uint64_t item_stride() {
  return gridDim.x * static_cast<std::uint64_t>(blockDim.x);
}

/// Throws Error when the launch that came before failed.
inline void launched(const char* what) { cuda_check(cudaGetLastError(), what); }

}  // namespace fihost::device
