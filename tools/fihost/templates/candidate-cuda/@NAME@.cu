// @NAME@: @DEFINITION@ on a GPU.
//
// Write a kernel and launch it in run(), then say here what it does, its tile sizes, how many bytes
// it moves and what bounds it.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <cstdint>
#include <fihost/cuda.hpp>

namespace {

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
@TENSORS@
  // kernel<<<blocks, threads, 0, fihost::sdk::stream(*call)>>>(...);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
  return fihost::sdk::fail(error, FIHOST_UNSUPPORTED, "run() is not written yet");
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    .name = "@NAME@",
    .definition = "@DEFINITION@",
    .arch = nullptr,
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CUDA,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
