// The part of TVM-FFI's C ABI (0.1) that calling an object takes. The layouts are compared with
// TVM-FFI's own header in the tests.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fihost::device {

constexpr std::uint32_t tvm_ffi_major = 0, tvm_ffi_minor = 1;

/// TvmFfiAny::type_index. From 64 on: objects on the heap, owned by whoever holds the value.
enum TvmFfiType : std::int32_t {
  tvm_ffi_none = 0,
  tvm_ffi_int = 1,
  tvm_ffi_bool = 2,
  tvm_ffi_float = 3,
  tvm_ffi_tensor = 7,  ///< a borrowed DLTensor*
  tvm_ffi_first_object = 64,
  tvm_ffi_error = 67
};

/// One argument or result.
struct TvmFfiAny {
  std::int32_t type_index = tvm_ffi_none;
  std::uint32_t padding = 0;
  union {
    std::int64_t integer;
    double number;
    const void* pointer;
  };
  TvmFfiAny() : integer(0) {}
};
static_assert(sizeof(TvmFfiAny) == 16);

/// What an exported function __tvm_ffi_<name> is. 0: done; else an error was raised on this thread.
using TvmFfiFunction = int (*)(void* self, const TvmFfiAny* arguments, std::int32_t count,
                               TvmFfiAny* result);

struct TvmFfiBytes {
  const char* data = nullptr;
  std::size_t size = 0;
};

/// In front of every object. The strong count is the lower half of `counts`.
struct TvmFfiObjectHeader {
  std::uint64_t counts;
  std::int32_t type_index;
  std::uint32_t padding;
  void (*deleter)(void* self, int flags);  ///< 1: destroy, 2: free the memory
};

/// An error object, as far as it is read here.
struct TvmFfiError {
  TvmFfiObjectHeader header;
  TvmFfiBytes kind, message, backtrace;
};

struct TvmFfiVersion {
  std::uint32_t major, minor, patch;
};

/// The start of what TVMFFIGetTypeInfo() returns.
struct TvmFfiTypeInfo {
  std::int32_t type_index;
  std::int32_t depth;
  TvmFfiBytes key;
};

}  // namespace fihost::device
