// @NAME@: @DEFINITION@ on the CPU.
//
// Write run(), then say here what it does, how many bytes it moves and what bounds it.
#include <cstdint>
#include <fihost/candidate.hpp>

namespace {

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
@TENSORS@
  return fihost::sdk::fail(error, FIHOST_UNSUPPORTED, "run() is not written yet");
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    .name = "@NAME@",
    .definition = "@DEFINITION@",
    .arch = nullptr,
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CPU,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
