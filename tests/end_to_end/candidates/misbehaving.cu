// One CUDA candidate of scale_f32 for each way to go wrong; CASE_<name> picks it. Without a case it
// is right.
#include <cmath>
#include <fihost/cuda.hpp>

namespace {

struct Problem {
  const float* x;
  float factor;
  float* y;
  std::int64_t count;
  std::int64_t rows;
};

__global__ void scale(Problem p) {
  const std::int64_t i = blockIdx.x * static_cast<std::int64_t>(blockDim.x) + threadIdx.x;
#if defined(CASE_infinite_loop)
  while (p.rows > 0) asm volatile("nanosleep.u32 1000;");
#elif defined(CASE_illegal_address)
  if (i == 0) *reinterpret_cast<volatile float*>(16) = 1.0f;
#endif
  if (i >= p.count) return;
  p.y[i] = p.factor * p.x[i];
#if defined(CASE_nan)
  if (i == p.count / 2) p.y[i] = NAN;
#elif defined(CASE_wrong_last_row)
  if (i >= p.count - p.count / p.rows) p.y[i] += 1.0f;
#elif defined(CASE_wrong_in_one_workload)
  if (p.rows == 33 && i == 7) p.y[i] += 1.0f;
#elif defined(CASE_writes_past_the_end)
  if (i == 0) p.y[p.count + (1 << 20)] = 0;
#elif defined(CASE_writes_into_slack)
  if (i == 0) p.y[p.count] = 0;  // in the alignment slack behind the tensor
#elif defined(CASE_changes_input)
  if (i == 0) const_cast<float*>(p.x)[0] += 1.0f;
#endif
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const Problem p{fihost::sdk::data<const float>(call->inputs[0]),
                  fihost::sdk::scalar<float>(call->inputs[1]),
                  fihost::sdk::data<float>(call->outputs[0]),
                  fihost::sdk::element_count(call->inputs[0]), call->inputs[0].shape[0]};
  const auto blocks = static_cast<unsigned int>((p.count + 255) / 256);
#if defined(CASE_never_writes)
  return FIHOST_OK;
#endif
  scale<<<blocks, 256, 0, fihost::sdk::stream(*call)>>>(p);
  FIHOST_TRY_CUDA(error, cudaGetLastError());
#if defined(CASE_waits_for_the_device)
  FIHOST_TRY_CUDA(error, cudaStreamSynchronize(fihost::sdk::stream(*call)));
#elif defined(CASE_returns_status)
  return fihost::sdk::fail(error, CASE_returns_status, "on purpose");
#endif
  return FIHOST_OK;
}

[[maybe_unused]] fihost_status workspace_size(const fihost_call*, std::uint64_t* bytes,
                                              const fihost_sink*) noexcept {
  *bytes = std::uint64_t{1} << 50;
  return FIHOST_OK;
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    .header = FIHOST_HEADER(fihost_candidate, 0),
    .name = "misbehaving",
    .definition = "scale_f32",
#if defined(CASE_wrong_arch)
    .arch = "sm_75",
#else
    .arch = nullptr,
#endif
    .role = FIHOST_ROLE_CANDIDATE,
    .device_type = FIHOST_CUDA,
#if defined(CASE_workspace_too_large)
    .workspace_size = workspace_size,
#else
    .workspace_size = nullptr,
#endif
    .prepare = nullptr,
    .run = run,
    .release = nullptr,
};
