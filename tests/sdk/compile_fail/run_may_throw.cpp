// Compiles with -DRUN_NOEXCEPT=noexcept and must not compile with -DRUN_NOEXCEPT=
#include <fihost/candidate.h>

namespace {
fihost_status run(void*, const fihost_call*, const fihost_sink*) RUN_NOEXCEPT { return FIHOST_OK; }
}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, 0),
    .name = "n",
    .definition = "d",
    .arch = nullptr,
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CPU,
    .workspace_size = nullptr,
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
