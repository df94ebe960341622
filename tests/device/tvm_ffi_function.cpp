// What fihost passes to a TVM-FFI function, written down: `list` puts every argument's type and value
// into the last one, an int64 tensor; the others misbehave.
#include <fihost/tensor.h>

#include <cstring>

#include "core/device/tvm_ffi_abi.hpp"

using fihost::device::TvmFfiAny;

extern "C" {
void TVMFFIErrorSetRaisedFromCStr(const char* kind, const char* message);
void* TVMFFIEnvGetStream(std::int32_t device_type, std::int32_t device_id);

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int __tvm_ffi_list(void* self, const TvmFfiAny* arguments, std::int32_t count,
                            TvmFfiAny* result) {
  if (self != nullptr || result->type_index != fihost::device::tvm_ffi_none) return -1;
  const auto* last = static_cast<const fihost_tensor*>(arguments[count - 1].pointer);
  auto* out = static_cast<std::int64_t*>(last->data);
  for (std::int32_t i = 0; i + 1 < count; ++i) {
    const TvmFfiAny& argument = arguments[i];
    *out++ = argument.type_index;
    if (argument.type_index == fihost::device::tvm_ffi_tensor) {
      const auto* tensor = static_cast<const fihost_tensor*>(argument.pointer);
      *out++ = tensor->shape[0] * 1000 + tensor->strides[0];
    } else {
      *out++ = argument.integer;  // the bits of a float
    }
  }
  std::memcpy(out, "done", 5);
  return 0;
}

EXPORTED int __tvm_ffi_raises(void*, const TvmFfiAny*, std::int32_t, TvmFfiAny*) {
  TVMFFIErrorSetRaisedFromCStr("ValueError", "first");
  TVMFFIErrorSetRaisedFromCStr("ValueError", "not today");
  return -1;
}

EXPORTED int __tvm_ffi_is_silent(void*, const TvmFfiAny*, std::int32_t, TvmFfiAny*) { return -1; }

EXPORTED int __tvm_ffi_returns(void*, const TvmFfiAny*, std::int32_t, TvmFfiAny* result) {
  result->type_index = fihost::device::tvm_ffi_int;
  return 0;
}
}
