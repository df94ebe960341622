#include "core/device/trusted_object.hpp"

#include <chrono>

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/base/sdk_status.hpp"
#include "core/device/invocation.hpp"

namespace fihost::device {

TrustedObject::TrustedObject(const std::string& path, fihost_role role,
                             const std::string& definition, Device& device)
    : path_(path), object_(Object::load(path)), device_(device) {
  if (!object_.refusal().empty()) fail("trusted object {}: {}", path, object_.refusal());
  const fihost_candidate& table = object_.table();
  const auto want = [&](const char* what, const std::string& found, const std::string& wanted) {
    if (found != wanted) {
      fail("trusted object {}: wrong {}: found {}, wanted {}", path, what, found, wanted);
    }
  };
  want("role", role_name(table.role), role_name(role));
  want("definition", table.definition, definition);
  want("device", std::to_string(table.device_type), std::to_string(device.info().type));
}

void TrustedObject::check(fihost_status status, const char* step, const std::string& text) const {
  if (status == FIHOST_OK) return;
  fail("trusted object {}: {} returned {}: {}", path_, step, status_name(status), text);
}

double TrustedObject::call(const std::vector<TensorShape>& shapes, const std::vector<void*>& data) {
  const auto start = Clock::now();
  const fihost_candidate& table = object_.table();
  const fihost_device place{device_.info().type, device_.info().ordinal};
  Invocation bare(shapes, std::vector<void*>(shapes.size(), nullptr), place);
  std::string text;
  const fihost_sink sink = sink_of(text);
  std::uint64_t bytes = 0;
  if (table.workspace_size != nullptr) {
    check(table.workspace_size(&bare.call(), &bytes, &sink), "workspace_size", text);
  }
  if (bytes > workspace_.bytes()) {
    workspace_ = Buffer();
    auto fresh = device_.allocate(bytes, false);
    if (!fresh) fail("trusted object {}: no room for a workspace of {} bytes", path_, bytes);
    workspace_ = std::move(*fresh);
  }
  void* state = nullptr;
  if (table.prepare != nullptr) check(table.prepare(&bare.call(), &state, &sink), "prepare", text);
  Invocation call(shapes, data, place);
  if (bytes > 0) call.set_workspace(workspace_.data(), workspace_.bytes());
  call.set_stream(device_.stream());
  const fihost_status status = table.run(state, &call.call(), &sink);
  const std::string fault = device_.synchronize();
  if (table.release != nullptr) table.release(state);
  check(status, "run", text);
  if (!fault.empty()) fail("trusted object {}: run failed on the device: {}", path_, fault);
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace fihost::device
