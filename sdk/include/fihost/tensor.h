/* fihost/tensor.h - a borrowed tensor. Same bytes as DLPack's DLTensor, without its header.
 *
 * The layout, the device numbers and the type codes are DLPack's (checked against its header in the
 * tests), so a fihost_tensor* may be handed to any code that takes a DLTensor*.
 */
#ifndef FIHOST_TENSOR_H
#define FIHOST_TENSOR_H

#include <fihost/abi.h>

FIHOST_EXTERN_C_BEGIN

enum { FIHOST_CPU = 1, FIHOST_CUDA = 2 }; /* fihost_device.type */

typedef struct fihost_device {
  int32_t type; /* FIHOST_CPU or FIHOST_CUDA */
  int32_t id;   /* ordinal among the visible devices; 0 on the CPU */
} fihost_device;

/* fihost_dtype.code. `bits` tells the widths of one code apart (float32 is code 2, 32 bits). */
enum {
  FIHOST_TYPE_INT = 0,
  FIHOST_TYPE_UINT = 1,
  FIHOST_TYPE_FLOAT = 2,
  FIHOST_TYPE_BFLOAT = 4,
  FIHOST_TYPE_BOOL = 6, /* 8 bits, 0 or 1 */
  FIHOST_TYPE_FLOAT8_E4M3FN = 10,
  FIHOST_TYPE_FLOAT8_E5M2 = 12,
  FIHOST_TYPE_FLOAT4_E2M1FN = 17 /* 4 bits, two elements a byte, the first in the low half */
};

typedef struct fihost_dtype {
  uint8_t code;   /* FIHOST_TYPE_* */
  uint8_t bits;   /* width of one element */
  uint16_t lanes; /* always 1 here */
} fihost_dtype;

typedef struct fihost_tensor {
  void* data; /* device memory, or host memory for scalars and CPU tensors */
  fihost_device device;
  int32_t ndim;
  fihost_dtype dtype;
  int64_t* shape;       /* [ndim] elements; NULL when ndim is 0 */
  int64_t* strides;     /* [ndim] in elements, row-major and compact here; NULL when ndim is 0 */
  uint64_t byte_offset; /* always 0 here */
} fihost_tensor;

FIHOST_EXTERN_C_END
#endif
