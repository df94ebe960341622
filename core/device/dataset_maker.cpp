#include "core/device/dataset_maker.hpp"

#include <cstring>
#include <map>

#include "core/base/error.hpp"
#include "core/device/inputs.hpp"
#include "core/model/safetensors.hpp"

namespace fihost::device {
namespace {

/// A 0-d int64 parameter, passed like a scalar.
TensorShape parameter(std::int64_t value) {
  TensorShape shape{};
  shape.code = FIHOST_TYPE_INT;
  shape.bits = 64;
  shape.scalar = 1;
  shape.extent[0] = value;
  return shape;
}

const SafetensorsInput* stored(const Workload& workload, const std::string& input) {
  const auto found = workload.inputs.find(input);
  return found == workload.inputs.end() ? nullptr : std::get_if<SafetensorsInput>(&found->second);
}

std::vector<TensorShape> parameters(const Task& task, const Workload& workload) {
  const std::uint64_t seed = stream_key(0, workload.uuid, "generator", 0);
  std::vector<TensorShape> shapes = {parameter(static_cast<std::int64_t>(seed >> 1))};
  for (const Axis& axis : task.definition.axes) {
    if (!axis.value) shapes.push_back(parameter(workload.axes.at(axis.name)));
  }
  for (const auto& [name, value] : workload.generator) shapes.push_back(parameter(value));
  return shapes;
}

}  // namespace

bool lacks_data(const Task& task, const Workload& workload) {
  for (const auto& [name, source] : workload.inputs) {
    const auto* file = std::get_if<SafetensorsInput>(&source);
    if (file != nullptr && !std::filesystem::exists(blob_path(task, *file))) return true;
  }
  return false;
}

void make_data(const Task& task, const Workload& workload, TrustedObject& generator, Device& cpu) {
  std::vector<TensorShape> shapes = parameters(task, workload);
  std::vector<void*> data(shapes.size(), nullptr);
  const auto plans = plan_tensors(task.definition, workload, 0);
  std::vector<Buffer> buffers;
  std::map<std::filesystem::path, std::map<std::string, StoredTensor>> files;
  for (const TensorPlan& plan : plans) {
    if (plan.output || plan.spec->scalar()) continue;
    shapes.push_back(plan.shape);
    shapes.back().output = 1;
    const SafetensorsInput* file = stored(workload, plan.spec->name);
    if (file == nullptr) {
      data.push_back(nullptr);
      continue;
    }
    auto buffer = cpu.allocate(plan.bytes, false);
    if (!buffer) fail("no room for {} bytes of {}", plan.bytes, plan.spec->name);
    data.push_back(buffer->data());
    StoredTensor tensor;
    tensor.dtype = plan.spec->dtype;
    tensor.shape.assign(plan.shape.extent, plan.shape.extent + plan.shape.rank);
    tensor.data = {buffer->data(), buffer->bytes()};
    files[blob_path(task, *file)][file->tensor_key] = tensor;
    buffers.push_back(std::move(*buffer));
  }
  generator.call(shapes, data);
  for (const auto& [path, tensors] : files) write_safetensors(path, tensors);
}

}  // namespace fihost::device
