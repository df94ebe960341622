// The part of TVM-FFI's ABI that fihost writes down itself, against TVM-FFI's own header.
#include <tvm/ffi/c_api.h>

#include "core/device/tvm_ffi_abi.hpp"

using namespace fihost::device;

static_assert(sizeof(TvmFfiAny) == sizeof(TVMFFIAny));
static_assert(offsetof(TvmFfiAny, integer) == offsetof(TVMFFIAny, v_int64));
static_assert(tvm_ffi_none == kTVMFFINone && tvm_ffi_int == kTVMFFIInt);
static_assert(tvm_ffi_bool == kTVMFFIBool && tvm_ffi_float == kTVMFFIFloat);
static_assert(tvm_ffi_tensor == kTVMFFIDLTensorPtr && tvm_ffi_error == kTVMFFIError);
static_assert(tvm_ffi_first_object == kTVMFFIStaticObjectBegin);
static_assert(sizeof(TvmFfiObjectHeader) == sizeof(TVMFFIObject));
static_assert(offsetof(TvmFfiObjectHeader, counts) == offsetof(TVMFFIObject, combined_ref_count));
static_assert(offsetof(TvmFfiObjectHeader, type_index) == offsetof(TVMFFIObject, type_index));
static_assert(offsetof(TvmFfiObjectHeader, deleter) == offsetof(TVMFFIObject, deleter));
static_assert(sizeof(TvmFfiBytes) == sizeof(TVMFFIByteArray));
static_assert(offsetof(TvmFfiError, message) - sizeof(TvmFfiObjectHeader) ==
              offsetof(TVMFFIErrorCell, message));
static_assert(offsetof(TvmFfiTypeInfo, key) == offsetof(TVMFFITypeInfo, type_key));
static_assert(sizeof(TvmFfiVersion) == sizeof(TVMFFIVersion));
static_assert(tvm_ffi_major == TVM_FFI_VERSION_MAJOR && tvm_ffi_minor == TVM_FFI_VERSION_MINOR);
