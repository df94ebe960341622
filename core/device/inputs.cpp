#include "core/device/inputs.hpp"

#include <cstring>

#include "core/base/error.hpp"
#include "core/device/cpu_random.hpp"
#include "core/device/random.hpp"
#include "core/device/random_table.hpp"
#include "core/model/safetensors.hpp"

namespace fihost::device {
namespace {

std::uint64_t hash_text(const std::string& text, std::uint64_t start) {
  std::uint64_t h = start ^ 0xcbf29ce484222325ull;  // FNV-1a, then mixed by the caller
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return mix64(h + text.size());
}

/// The value's bytes as the declared dtype, in the low end of 64 bits.
template <class Number>
std::int64_t scalar_bytes(DType dtype, Number value) {
  std::int64_t out = 0;
  const auto put = [&out](auto typed) { std::memcpy(&out, &typed, sizeof typed); };
  const auto narrow = static_cast<float>(value);
  switch (dtype) {
    case DType::float32:
      put(narrow);
      break;
    case DType::float16:
      put(static_cast<std::uint16_t>(encode_small(narrow, half_format)));
      break;
    case DType::bfloat16:
      put(encode_bfloat16(narrow));
      break;
    case DType::float8_e4m3fn:
      put(static_cast<std::uint8_t>(encode_small(narrow, e4m3fn_format)));
      break;
    case DType::float8_e5m2:
      put(static_cast<std::uint8_t>(encode_small(narrow, e5m2_format)));
      break;
    case DType::float4_e2m1:
      put(static_cast<std::uint8_t>(encode_small(narrow, e2m1fn_format)));
      break;
    case DType::int64:
      put(static_cast<std::int64_t>(value));
      break;
    case DType::int32:
      put(static_cast<std::int32_t>(value));
      break;
    case DType::int16:
      put(static_cast<std::int16_t>(value));
      break;
    case DType::int8:
      put(static_cast<std::int8_t>(value));
      break;
    case DType::boolean:
      put(static_cast<std::uint8_t>(value != 0 ? 1 : 0));
      break;
  }
  return out;
}

const InputSource* source_of(const Workload& workload, const std::string& input) {
  const auto found = workload.inputs.find(input);
  return found == workload.inputs.end() ? nullptr : &found->second;
}

std::int64_t scalar_value(const TensorSpec& spec, const Workload& workload, std::uint64_t seed) {
  const InputSource* source = source_of(workload, spec.name);
  if (source != nullptr) {
    if (const auto* scalar = std::get_if<ScalarInput>(source)) {
      return std::visit([&](auto value) { return scalar_bytes(spec.dtype, value); }, scalar->value);
    }
  }
  std::int64_t out = 0;
  const auto table = make_random_table(spec.dtype);
  randomize_on_cpu(&out, spec.dtype, 1, stream_key(seed, workload.uuid, spec.name, 0),
                   table.data());
  return out;
}

TensorPlan plan_tensor(const Definition& definition, const TensorSpec& spec, bool output,
                       const AxisValues& axes, const Workload& workload, std::uint64_t seed) {
  TensorPlan plan;
  plan.spec = &spec;
  plan.output = output;
  const fihost_dtype code = to_sdk(spec.dtype);
  plan.shape.code = code.code;
  plan.shape.bits = code.bits;
  plan.shape.output = output ? 1 : 0;
  plan.elements = 1;
  if (spec.scalar()) {
    if (output)
      fail("definition {}: output {} is a scalar, which no call can write", definition.name,
           spec.name);
    plan.shape.scalar = 1;
    plan.shape.extent[0] = scalar_value(spec, workload, seed);
    return plan;
  }
  const auto shape = extents(spec, axes);
  if (shape.size() > max_rank) {
    fail("definition {}: {} has {} dimensions, at most {} can be passed", definition.name,
         spec.name, shape.size(), max_rank);
  }
  plan.shape.rank = static_cast<std::int32_t>(shape.size());
  for (std::size_t d = 0; d < shape.size(); ++d) {
    plan.shape.extent[d] = shape[d];
    if (__builtin_mul_overflow(plan.elements, static_cast<std::uint64_t>(shape[d]),
                               &plan.elements)) {
      fail("definition {}: {} has more elements than fit in 64 bits", definition.name, spec.name);
    }
  }
  plan.bytes = bytes(spec.dtype, plan.elements);
  return plan;
}

}  // namespace

std::uint64_t stream_key(std::uint64_t seed, const std::string& workload, const std::string& input,
                         std::uint32_t set) {
  return mix64(hash_text(input, hash_text(workload, mix64(seed))) + set);
}

std::vector<TensorPlan> plan_tensors(const Definition& definition, const Workload& workload,
                                     std::uint64_t seed) {
  if (definition.inputs.size() + definition.outputs.size() > max_tensors) {
    fail("definition {} has {} tensors, at most {} can be passed", definition.name,
         definition.inputs.size() + definition.outputs.size(), max_tensors);
  }
  const AxisValues axes = axis_values(definition, workload.axes);
  std::vector<TensorPlan> plans;
  for (const TensorSpec& spec : definition.inputs) {
    plans.push_back(plan_tensor(definition, spec, false, axes, workload, seed));
  }
  for (const TensorSpec& spec : definition.outputs) {
    plans.push_back(plan_tensor(definition, spec, true, axes, workload, seed));
  }
  return plans;
}

void fill_input(Device& device, const Buffer& buffer, const TensorPlan& plan, const Task& task,
                const Workload& workload, std::uint64_t seed, std::uint32_t set) {
  const TensorSpec& spec = *plan.spec;
  const InputSource* source = source_of(workload, spec.name);
  if (source != nullptr) {
    if (const auto* stored = std::get_if<SafetensorsInput>(source)) {
      const auto path = blob_path(task, *stored);
      const SafetensorsFile file(path);
      const StoredTensor& tensor = file.at(stored->tensor_key);
      const std::vector<std::int64_t> shape(plan.shape.extent, plan.shape.extent + plan.shape.rank);
      if (tensor.shape != shape || tensor.dtype != spec.dtype) {
        fail("{}: tensor {} is {} [{}], the definition wants {} [{}]", path.string(),
             stored->tensor_key, name(tensor.dtype), fmt::join(tensor.shape, ", "),
             name(spec.dtype), fmt::join(shape, ", "));
      }
      device.upload(buffer, tensor.data);
      return;
    }
  }
  if (spec.dtype == DType::float4_e2m1) {
    fail(
        "workload {}: input {} is random float4, for which the format has no usable recipe; give "
        "it "
        "as safetensors",
        workload.uuid, spec.name);
  }
  device.randomize(buffer, spec.dtype, plan.elements,
                   stream_key(seed, workload.uuid, spec.name, set));
}

}  // namespace fihost::device
