#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include "launch.cuh"

void scale_rows(tvm::ffi::TensorView x, tvm::ffi::TensorView weight, double alpha,
                tvm::ffi::TensorView y) {
  launch(x.data_ptr(), weight.data_ptr(), alpha, y.data_ptr(), x.numel());
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(run, scale_rows);
