// fihost_tensor is DLPack's DLTensor, byte for byte. Checked against the system's header, which
// need not be the newest one: numbers that it does not have yet are left to abi_layout_test.c.
#include <dlpack/dlpack.h>
#include <fihost/tensor.h>

#include <cstddef>
#include <cstdint>

#define SAME_FIELD(field)                                                     \
  static_assert(offsetof(fihost_tensor, field) == offsetof(DLTensor, field)); \
  static_assert(sizeof(fihost_tensor::field) == sizeof(DLTensor::field))

static_assert(sizeof(fihost_tensor) == sizeof(DLTensor));
static_assert(alignof(fihost_tensor) == alignof(DLTensor));
SAME_FIELD(data);
SAME_FIELD(device);
SAME_FIELD(ndim);
SAME_FIELD(dtype);
SAME_FIELD(shape);
SAME_FIELD(strides);
SAME_FIELD(byte_offset);

static_assert(sizeof(fihost_device) == sizeof(DLDevice));
static_assert(offsetof(fihost_device, type) == offsetof(DLDevice, device_type));
static_assert(offsetof(fihost_device, id) == offsetof(DLDevice, device_id));
static_assert(int{FIHOST_CPU} == int{kDLCPU} && int{FIHOST_CUDA} == int{kDLCUDA});

static_assert(sizeof(fihost_dtype) == sizeof(DLDataType));
static_assert(offsetof(fihost_dtype, code) == offsetof(DLDataType, code));
static_assert(offsetof(fihost_dtype, bits) == offsetof(DLDataType, bits));
static_assert(offsetof(fihost_dtype, lanes) == offsetof(DLDataType, lanes));
static_assert(int{FIHOST_TYPE_INT} == int{kDLInt} && int{FIHOST_TYPE_UINT} == int{kDLUInt});
static_assert(int{FIHOST_TYPE_FLOAT} == int{kDLFloat} && int{FIHOST_TYPE_BFLOAT} == int{kDLBfloat});
#if DLPACK_VERSION >= 80 || defined(DLPACK_MAJOR_VERSION)
static_assert(int{FIHOST_TYPE_BOOL} == int{kDLBool});
#endif
#if defined(DLPACK_MAJOR_VERSION) && (DLPACK_MAJOR_VERSION > 1 || DLPACK_MINOR_VERSION >= 1)
static_assert(int{FIHOST_TYPE_FLOAT8_E4M3FN} == int{kDLFloat8_e4m3fn});
static_assert(int{FIHOST_TYPE_FLOAT8_E5M2} == int{kDLFloat8_e5m2});
static_assert(int{FIHOST_TYPE_FLOAT4_E2M1FN} == int{kDLFloat4_e2m1fn});
#endif

// One object, read through the other type, as a candidate that hands its tensors on would.
int main() {
  std::int64_t shape[] = {3, 5}, strides[] = {5, 1};
  float data[15] = {};
  const fihost_tensor ours{data, {FIHOST_CPU, 0}, 2, {FIHOST_TYPE_FLOAT, 32, 1}, shape, strides, 0};
  DLTensor theirs;
  __builtin_memcpy(&theirs, &ours, sizeof theirs);
  return theirs.data == data && theirs.device.device_type == kDLCPU && theirs.ndim == 2 &&
                 theirs.dtype.code == kDLFloat && theirs.dtype.bits == 32 && theirs.shape[1] == 5 &&
                 theirs.strides[0] == 5 && theirs.byte_offset == 0
             ? 0
             : 1;
}
