// y = factor * x for the task scale_f32. The tests put other text in place of what stands below.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>

void scale(tvm::ffi::TensorView x, double factor, tvm::ffi::TensorView y) {
  // [first]
  const auto* from = static_cast<const float*>(x.data_ptr());
  auto* to = static_cast<float*>(y.data_ptr());
  for (int64_t i = 0; i < x.numel(); ++i) to[i] = static_cast<float>(factor) * from[i];
  // [last]
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(run, scale);
