#include "core/device/invocation.hpp"

#include <algorithm>

namespace fihost::device {

Invocation::Invocation(const std::vector<TensorShape>& shapes, const std::vector<void*>& data,
                       fihost_device device)
    : storage_(shapes.size()), tensors_(shapes.size()) {
  std::uint32_t inputs = 0;
  const bool bare = std::all_of(data.begin(), data.end(), [](void* p) { return p == nullptr; });
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const TensorShape& shape = shapes[i];
    Storage& storage = storage_[i];
    fihost_tensor& tensor = tensors_[i];
    inputs += shape.output == 0 ? 1 : 0;
    tensor.dtype = {shape.code, shape.bits, 1};
    if (shape.scalar != 0) {
      storage.scalar = shape.extent[0];
      tensor.data = bare ? nullptr : &storage.scalar;
      tensor.device = {FIHOST_CPU, 0};
      continue;
    }
    tensor.data = data[i];
    tensor.device = device;
    tensor.ndim = shape.rank;
    std::int64_t stride = 1;
    for (int d = shape.rank - 1; d >= 0; --d) {
      storage.extent[d] = shape.extent[d];
      storage.stride[d] = stride;
      stride *= std::max<std::int64_t>(1, shape.extent[d]);
    }
    tensor.shape = shape.rank > 0 ? storage.extent : nullptr;
    tensor.strides = shape.rank > 0 ? storage.stride : nullptr;
  }
  call_.header = FIHOST_HEADER(fihost_call, 0);
  call_.inputs = tensors_.data();
  call_.outputs = tensors_.data() + inputs;
  call_.num_inputs = inputs;
  call_.num_outputs = static_cast<std::uint32_t>(shapes.size()) - inputs;
  call_.device = device;
}

void Invocation::set_workspace(void* workspace, std::uint64_t bytes) noexcept {
  call_.workspace = workspace;
  call_.workspace_size = bytes;
}

std::uint64_t element_count(const TensorShape& shape) {
  std::uint64_t count = 1;
  if (shape.scalar == 0) {
    for (int d = 0; d < shape.rank; ++d) count *= static_cast<std::uint64_t>(shape.extent[d]);
  }
  return count;
}

}  // namespace fihost::device
