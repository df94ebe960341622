#include "core/device/torch_reference.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/device/elements.hpp"
#include "core/model/safetensors.hpp"

namespace fihost::device {
namespace {

namespace fs = std::filesystem;

// Raised when what lies in the cache would be read differently.
constexpr const char* golden_layout = "1";

std::vector<std::int64_t> extents_of(const TensorPlan& plan) {
  return {plan.shape.extent, plan.shape.extent + plan.shape.rank};
}

/// A scalar as Python gets it: float, int or bool by its declared type.
Json scalar_json(const TensorPlan& plan) {
  const void* bytes = &plan.shape.extent[0];
  const auto dtype = plan.spec->dtype;
  if (is_floating(dtype)) return load_as_float(bytes, 0, dtype);
  if (dtype == DType::boolean) return load_as_float(bytes, 0, dtype) != 0;
  // The low bytes of 64, with the sign of their own width.
  const int unused = 64 - bits(dtype);
  return (plan.shape.extent[0] << unused) >> unused;
}

}  // namespace

TorchReference::TorchReference(const TorchSettings& settings, const Definition& definition,
                               Device& device, std::uint64_t seed, const fs::path& cache)
    : device_kind_(settings.device.substr(0, settings.device.find(':'))),
      definition_(definition),
      device_(device),
      seed_(seed),
      folder_(cache / "golden" / Hash().add(definition.name).hex().substr(0, 16)),
      scratch_("fihost-torch"),
      process_(settings, definition) {}

fs::path TorchReference::golden_file(const ReferenceCall& call) const {
  Hash hash;
  hash.add(golden_layout).add(definition_.name).add(definition_.reference);
  hash.add(dump(to_json(call.workload))).add(std::to_string(seed_)).add(std::to_string(call.set));
  hash.add(device_kind_);
  for (const auto& plan : call.plans) {
    hash.add(plan.spec->name).add(name(plan.spec->dtype));
    if (plan.spec->scalar() && !plan.output) hash.add(dump(scalar_json(plan)));
  }
  for (const auto sum : call.checksums) hash.add(std::to_string(sum));
  return folder_ / (hash.hex() + ".safetensors");
}

void TorchReference::load(const ReferenceCall& call) {
  std::map<std::string, StoredTensor> tensors;
  std::vector<std::vector<std::byte>> copies;  // of what lies on a GPU
  copies.reserve(call.plans.size());
  Json scalars = Json::object();
  for (std::size_t i = 0; i < call.plans.size(); ++i) {
    const TensorPlan& plan = call.plans[i];
    if (plan.output) continue;
    if (plan.spec->scalar()) {
      scalars[plan.spec->name] = scalar_json(plan);
      continue;
    }
    if (safetensors_tag(plan.spec->dtype).empty()) {
      fail("no reference: PyTorch cannot be handed input {} of type {}", plan.spec->name,
           name(plan.spec->dtype));
    }
    copies.push_back(device_.download(call.lent[i]));
    tensors[plan.spec->name] = {
        .dtype = plan.spec->dtype, .shape = extents_of(plan), .data = copies.back()};
  }
  const auto file = scratch_.path() / "inputs.safetensors";
  write_safetensors(file, tensors);
  process_.load(file, scalars);
  fs::remove(file);
}

void TorchReference::read_outputs(const fs::path& file, const ReferenceCall& call) const {
  const SafetensorsFile stored(file);
  std::size_t output = 0;
  for (const TensorPlan& plan : call.plans) {
    if (!plan.output) continue;
    const auto& tensor = stored.at(plan.spec->name);
    const auto wanted = extents_of(plan);
    if (tensor.dtype != plan.spec->dtype || tensor.shape != wanted) {
      fail("no reference: output {} of the PyTorch reference of {} is {} [{}], wanted {} [{}]",
           plan.spec->name, definition_.name, name(tensor.dtype), fmt::join(tensor.shape, ", "),
           name(plan.spec->dtype), fmt::join(wanted, ", "));
    }
    device_.upload(call.outputs[output++], tensor.data);
  }
}

double TorchReference::expect(const ReferenceCall& call) {
  const auto golden = golden_file(call);
  std::error_code code;
  if (fs::is_regular_file(golden, code)) {
    read_outputs(golden, call);
    return 0;
  }
  load(call);
  const auto fresh = scratch_.path() / "outputs.safetensors";
  const double ms = process_.run(fresh);
  read_outputs(fresh, call);
  // Kept only when they are what was declared; a copy first, for another file system.
  fs::create_directories(folder_);
  const auto part = golden.string() + fmt::format(".{}.part", ::getpid());
  fs::copy_file(fresh, part, fs::copy_options::overwrite_existing);
  fs::rename(part, golden);
  fs::remove(fresh);
  return ms;
}

Timing TorchReference::time(const ReferenceCall& call, const TimingPolicy& policy) {
  load(call);
  Measurement measurement(policy);
  const std::uint64_t flush = 2 * std::max<std::uint64_t>(device_.info().l2_bytes, 1 << 20);
  while (const std::uint32_t count = measurement.next_block()) {
    const auto start = Clock::now();
    const auto samples = process_.time(count, flush);
    const std::chrono::duration<double, std::milli> wall = Clock::now() - start;
    measurement.add(samples.data(), static_cast<std::uint32_t>(samples.size()), wall.count());
  }
  return measurement.summary();
}

}  // namespace fihost::device
