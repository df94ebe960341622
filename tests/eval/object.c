/* A candidate that is only ever looked at. */
#include <fihost/candidate.h>

static fihost_status run(void* state, const fihost_call* call, const fihost_sink* error) {
  (void)state;
  (void)call;
  (void)error;
  return FIHOST_OK;
}

FIHOST_EXPORT const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, 0),
    .name = "object",
    .definition = "twice",
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CPU,
    .run = run};
