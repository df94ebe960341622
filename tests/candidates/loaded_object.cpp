#include "tests/candidates/loaded_object.hpp"

#include <dlfcn.h>
#include <sys/mman.h>

#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

namespace fihost {
namespace {

void append(void* impl, fihost_text text) noexcept {
  static_cast<std::string*>(impl)->append(text.data, text.size);
}

fihost_header call_header() { return FIHOST_HEADER(fihost_call, 0); }

void forget_data(std::vector<fihost_tensor>& tensors) {
  for (fihost_tensor& tensor : tensors) tensor.data = nullptr;
}

}  // namespace

HostTensor::HostTensor(fihost_dtype dtype, std::vector<std::int64_t> shape)
    : dtype_(dtype), shape_(std::move(shape)), strides_(shape_.size()) {
  for (std::size_t i = shape_.size(); i-- > 0;) {
    strides_[i] = count_;
    count_ *= shape_[i];
  }
  data_ = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data_ == MAP_FAILED) throw std::bad_alloc();
}

HostTensor::HostTensor(HostTensor&& other) noexcept
    : dtype_(other.dtype_),
      shape_(std::move(other.shape_)),
      strides_(std::move(other.strides_)),
      count_(other.count_),
      data_(std::exchange(other.data_, nullptr)) {}

HostTensor::~HostTensor() {
  if (data_ != nullptr) munmap(data_, bytes());
}

std::size_t HostTensor::bytes() const noexcept {
  return static_cast<std::size_t>(count_) * dtype_.bits / 8;
}

fihost_tensor HostTensor::view() noexcept {
  return {data_,  {FIHOST_CPU, 0}, static_cast<std::int32_t>(shape_.size()),
          dtype_, shape_.data(),   strides_.data(),
          0};
}

LoadedObject::LoadedObject(const std::filesystem::path& path)
    : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) throw std::runtime_error(dlerror());
  table_ = static_cast<const fihost_candidate*>(dlsym(handle_, "fihost_candidate_v1"));
  if (table_ == nullptr) {
    dlclose(handle_);
    throw std::runtime_error(path.string() + " exports no fihost_candidate_v1");
  }
}

LoadedObject::~LoadedObject() { dlclose(handle_); }

fihost_status LoadedObject::call(std::vector<fihost_tensor> inputs,
                                 std::vector<fihost_tensor> outputs, std::string* error) const {
  std::string ignored;
  const fihost_sink sink{error != nullptr ? error : &ignored, append};
  std::vector<fihost_tensor> input_shapes = inputs, output_shapes = outputs;
  forget_data(input_shapes);
  forget_data(output_shapes);
  fihost_call call{call_header(),
                   input_shapes.data(),
                   output_shapes.data(),
                   static_cast<std::uint32_t>(inputs.size()),
                   static_cast<std::uint32_t>(outputs.size()),
                   nullptr,
                   0,
                   nullptr,
                   {FIHOST_CPU, 0}};
  std::uint64_t bytes = 0;
  if (table_->workspace_size != nullptr)
    if (const fihost_status status = table_->workspace_size(&call, &bytes, &sink)) return status;
  void* state = nullptr;
  if (table_->prepare != nullptr)
    if (const fihost_status status = table_->prepare(&call, &state, &sink)) return status;

  HostTensor workspace(fp8_dtype, {static_cast<std::int64_t>(bytes) + 1});
  std::memset(workspace.as<void>(), 0xff, workspace.bytes());
  call.inputs = inputs.data();
  call.outputs = outputs.data();
  call.workspace = bytes > 0 ? workspace.as<void>() : nullptr;
  call.workspace_size = bytes;
  const fihost_status status = table_->run(state, &call, &sink);
  if (table_->release != nullptr) table_->release(state);
  return status;
}

std::uint64_t next_random(std::uint64_t& state) noexcept {
  std::uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

float next_normal(std::uint64_t& state) noexcept {
  const std::uint64_t bits = next_random(state);
  float sum = 0;
  for (int part = 0; part < 4; ++part) sum += static_cast<float>((bits >> (16 * part)) & 0xffff);
  return (sum / 65536 - 2) * 1.732f;
}

float from_bfloat16(std::uint16_t bits) noexcept {
  const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16;
  float value = 0;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

std::uint16_t to_bfloat16(float value) noexcept {
  std::uint32_t word = 0;
  std::memcpy(&word, &value, sizeof word);
  return static_cast<std::uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
}

}  // namespace fihost
