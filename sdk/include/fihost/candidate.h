/* fihost/candidate.h - the tensor ABI. One shared object = one candidate.
 *
 * A candidate, a reference, an input generator and a checker all have this shape; only `role`
 * differs. The host process never maps such an object: fihost-worker does, one candidate per
 * process, and a crash or a device error costs that process only. The trusted roles run in a
 * process that has never loaded a candidate.
 *
 * Build with `fihost build`, with fihost_add_candidate() in CMake, or by hand as a shared object
 * that exports fihost_candidate_v1 and nothing else.
 */
#ifndef FIHOST_CANDIDATE_H
#define FIHOST_CANDIDATE_H

#include <fihost/abi.h>
#include <fihost/tensor.h>

FIHOST_EXTERN_C_BEGIN

typedef int32_t fihost_role;
enum {
  FIHOST_ROLE_CANDIDATE = 0, /* inputs -> outputs, as the definition lists them */
  FIHOST_ROLE_REFERENCE = 1, /* the same call, trusted and slow */
  FIHOST_ROLE_GENERATOR = 2, /* parameters -> the definition's tensor inputs; see below */
  FIHOST_ROLE_CHECKER = 3    /* inputs, expected, actual -> 0-d float64 metrics */
};

/* fihost_candidate.header.flags */
#define FIHOST_CANDIDATE_FLAG_GRAPH_SAFE 1u    /* run() may be captured in a CUDA graph */
#define FIHOST_CANDIDATE_FLAG_DETERMINISTIC 2u /* equal inputs give bit-equal outputs */

/* One invocation. The host owns everything reachable from here and keeps it until the work that
 * run() enqueued has finished; the candidate keeps no pointer past the return of run().
 *
 * Tensors come in the definition's order. The host guarantees: byte_offset == 0, data aligned to
 * 256 bytes, strides non-NULL when ndim > 0, row-major compact, no overlap between any two buffers.
 * Scalars are 0-d tensors in CPU memory, readable while run() executes on the host.
 * Inputs are read-only, by contract and by checksum. Outputs hold garbage (not zeros) on entry and
 * must be written in full. What lies beside a buffer is unmapped or watched.
 *
 * GENERATOR: the inputs are 0-d int64 tensors: the seed, then the definition's variable axes in its
 * order, then the workload's integer `generator` parameters in their order. The outputs are the
 * definition's tensor inputs in its order; one whose data is NULL is not wanted. */
typedef struct fihost_call {
  fihost_header header;
  const fihost_tensor* inputs;  /* [num_inputs] */
  const fihost_tensor* outputs; /* [num_outputs], preallocated */
  uint32_t num_inputs;
  uint32_t num_outputs;
  void* workspace; /* device memory, 256-byte aligned, contents unspecified; NULL if 0 bytes */
  uint64_t workspace_size; /* bytes; at least what workspace_size() asked for */
  void* stream;            /* cudaStream_t, never the legacy default stream; NULL on the CPU */
  fihost_device device;    /* already current on the calling thread */
} fihost_call;
/* End of 1.0: append below this line only. */

/* Every function: called by one thread at a time [worker-thread], must return a status, must not
 * throw, block on the device, or touch another device. On failure write one line to `error`.
 *
 * In workspace_size() and prepare() every tensor's `data` is NULL, workspace and stream are NULL:
 * they see shapes, dtypes, strides and device only, so no answer can be computed ahead of run(). */
typedef struct fihost_candidate {
  fihost_header header;
  const char* name;       /* e.g. "rmsnorm-warp-per-row" */
  const char* definition; /* name of the definition implemented, e.g. "rmsnorm_h7168" */
  const char* arch;       /* "sm_90a", "sm_100a", ...; NULL: any */
  fihost_role role;
  int32_t device_type; /* FIHOST_CUDA or FIHOST_CPU */

  /* Bytes of workspace for these shapes. Optional: NULL means 0. Host-only work, under 1 ms.
   * Errors: UNSUPPORTED when these shapes are not handled. */
  fihost_status (*workspace_size)(const fihost_call* shapes, uint64_t* bytes,
                                  const fihost_sink* error) FIHOST_NOEXCEPT;

  /* Untimed set-up per shape: function attributes, lookup tables, tile choice. Optional.
   * *state is NULL on entry; what it returns is passed to run() and freed by release(). */
  fihost_status (*prepare)(const fihost_call* shapes, void** state,
                           const fihost_sink* error) FIHOST_NOEXCEPT;

  /* Enqueue the whole computation on call->stream and return; on the CPU: do it.
   * Timed, repeated, possibly captured. Each run stands alone: same inputs, same outputs, whatever
   * ran before. Forbidden: synchronizing, allocating device memory, the default stream, work that
   * outlives the stream order (on the CPU: threads that outlive the call), memory of earlier runs
   * (results, addresses, contents), files, network, environment, changing device limits, clocks or
   * the L2 policy.
   * Errors: DEVICE_ERROR when a launch fails; asynchronous faults are found by the host. */
  fihost_status (*run)(void* state, const fihost_call* call,
                       const fihost_sink* error) FIHOST_NOEXCEPT;

  /* Free what prepare() made. Once per successful prepare(), stream idle. NULL iff prepare is. */
  void (*release)(void* state) FIHOST_NOEXCEPT;
} fihost_candidate;
/* End of 1.0: append below this line only. */

/* The one exported symbol. Constant data: reading it calls nothing, though loading it does. */
FIHOST_EXPORT extern const fihost_candidate fihost_candidate_v1;

FIHOST_EXTERN_C_END
#endif
