// y = factor * x for the task scale_f32, with a workspace and a state that packing must keep apart
// for every shape: the state holds the number of elements, the workspace a copy of x.
#include <cstring>
#include <fihost/candidate.hpp>

namespace sdk = fihost::sdk;

namespace {

fihost_status workspace_size(const fihost_call* shapes, std::uint64_t* bytes,
                             const fihost_sink* error) noexcept {
  if (shapes->inputs[0].data != nullptr) {
    return sdk::fail(error, FIHOST_INVALID_ARGUMENT, "workspace_size() sees data");
  }
  *bytes = sdk::byte_count(shapes->inputs[0]);
  return FIHOST_OK;
}

fihost_status prepare(const fihost_call* shapes, void** state, const fihost_sink*) noexcept {
  *state = new std::int64_t(sdk::element_count(shapes->inputs[0]));
  return FIHOST_OK;
}

fihost_status run(void* state, const fihost_call* call, const fihost_sink* error) noexcept {
  const auto count = *static_cast<const std::int64_t*>(state);
  if (count != sdk::element_count(call->inputs[0])) {
    return sdk::fail(error, FIHOST_INTERNAL, "the state is of other shapes");
  }
  if (call->workspace_size < sdk::byte_count(call->inputs[0])) {
    return sdk::fail(error, FIHOST_INTERNAL, "the workspace is too small");
  }
  if (call->inputs[0].shape[0] == /* refused rows */ 0) {
    return sdk::fail(error, FIHOST_UNSUPPORTED, "not these rows");
  }
  std::memcpy(call->workspace, call->inputs[0].data, sdk::byte_count(call->inputs[0]));
  const auto* from = static_cast<const float*>(call->workspace);
  const float factor = sdk::scalar<float>(call->inputs[1]);
  auto* to = sdk::data<float>(call->outputs[0]);
  for (std::int64_t i = 0; i < count; ++i) to[i] = factor * from[i];
  return FIHOST_OK;
}

void release(void* state) noexcept { delete static_cast<std::int64_t*>(state); }

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    "scale-thrifty",
    "scale_f32",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CPU,
    workspace_size,
    prepare,
    run,
    release};
