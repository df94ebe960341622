#include "core/device/tvm_ffi_object.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/device/elements.hpp"

namespace fihost::device {
namespace {

std::string loader_text() {
  const char* text = ::dlerror();
  return text != nullptr ? text : "unknown reason";
}

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::optional<DType> dtype_of(const TensorShape& shape) {
  for (int i = 0; i <= static_cast<int>(DType::boolean); ++i) {
    const auto dtype = static_cast<DType>(i);
    const fihost_dtype code = to_sdk(dtype);
    if (code.code == shape.code && code.bits == shape.bits) return dtype;
  }
  return std::nullopt;
}

/// The value of a scalar as TVM-FFI passes it.
TvmFfiAny scalar_argument(const TensorShape& shape) {
  TvmFfiAny any;
  const void* bytes = shape.extent;
  if (shape.code == FIHOST_TYPE_BOOL) {
    any.type_index = tvm_ffi_bool;
    any.integer = load_element<std::uint8_t>(bytes, 0) != 0 ? 1 : 0;
  } else if (shape.code == FIHOST_TYPE_INT) {
    any.type_index = tvm_ffi_int;
    any.integer = shape.bits == 64   ? load_element<std::int64_t>(bytes, 0)
                  : shape.bits == 32 ? load_element<std::int32_t>(bytes, 0)
                  : shape.bits == 16 ? load_element<std::int16_t>(bytes, 0)
                                     : load_element<std::int8_t>(bytes, 0);
  } else if (const auto dtype = dtype_of(shape)) {
    any.type_index = tvm_ffi_float;
    any.number = static_cast<double>(load_as_float(bytes, 0, *dtype));
  }
  return any;
}

std::string_view view(const TvmFfiBytes& bytes) {
  return bytes.data == nullptr ? std::string_view() : std::string_view(bytes.data, bytes.size);
}

}  // namespace

TvmFfiObject::TvmFfiObject(const std::string& path, const TvmFfiEntry& entry)
    : function_name_(entry.function) {
  refusal_ = load_runtime(entry.runtime);
  if (refusal_.empty()) refusal_ = load_function(path);
  table_.header = FIHOST_HEADER(fihost_candidate, 0);
  table_.name = function_name_.c_str();
  table_.definition = "";
  table_.role = FIHOST_ROLE_CANDIDATE;
  table_.run = [](void* state, const fihost_call* call, const fihost_sink* sink) noexcept {
    std::string error;
    const fihost_status status = static_cast<TvmFfiObject*>(state)->call(*call, error);
    if (!error.empty()) sink->write(sink->impl, {error.data(), error.size()});
    return status;
  };
}

std::string TvmFfiObject::load_runtime(const std::string& path) {
  ::dlerror();
  // Global, because an object need not name the library that it was not linked with.
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    return fmt::format("the TVM-FFI runtime {} cannot be loaded: {}", path, loader_text());
  }
  if (!find(library, "TVMFFIGetVersion", runtime_.get_version) ||
      !find(library, "TVMFFIEnvSetStream", runtime_.set_stream) ||
      !find(library, "TVMFFIErrorMoveFromRaised", runtime_.take_error) ||
      !find(library, "TVMFFIObjectDecRef", runtime_.release)) {
    return fmt::format("{} is no TVM-FFI runtime: {}", path, loader_text());
  }
  TvmFfiVersion version{};
  runtime_.get_version(&version);
  if (version.major != tvm_ffi_major || version.minor != tvm_ffi_minor) {
    return fmt::format("{} is TVM-FFI {}.{}.{}, wanted {}.{}", path, version.major, version.minor,
                       version.patch, tvm_ffi_major, tvm_ffi_minor);
  }
  return {};
}

std::string TvmFfiObject::load_function(const std::string& path) {
  void* object = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) return "cannot be loaded: " + loader_text();
  const std::string symbol = "__tvm_ffi_" + function_name_;
  if (!find(object, symbol.c_str(), function_)) return "no entry symbol " + symbol;
  return {};
}

void TvmFfiObject::set_shapes(const std::vector<TensorShape>& shapes) {
  arguments_.clear();
  for (const TensorShape& shape : shapes) {
    TvmFfiAny tensor;
    tensor.type_index = tvm_ffi_tensor;
    arguments_.push_back(shape.scalar != 0 ? scalar_argument(shape) : tensor);
  }
}

std::string TvmFfiObject::raised_error() const {
  void* handle = nullptr;
  runtime_.take_error(&handle);
  if (handle == nullptr) return "it failed without raising an error";
  const auto* error = static_cast<const TvmFfiError*>(handle);
  auto text = fmt::format("{}: {}", view(error->kind), view(error->message));
  runtime_.release(handle);
  return text;
}

fihost_status TvmFfiObject::call(const fihost_call& call, std::string& error) {
  const std::size_t count = arguments_.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (arguments_[i].type_index != tvm_ffi_tensor) continue;
    arguments_[i].pointer =
        i < call.num_inputs ? &call.inputs[i] : &call.outputs[i - call.num_inputs];
  }
  if (call.device.type == FIHOST_CUDA) {
    // The runtime's table of streams is the calling thread's.
    runtime_.set_stream(call.device.type, call.device.id, call.stream, nullptr);
  }
  TvmFfiAny result;
  if (function_(nullptr, arguments_.data(), static_cast<std::int32_t>(count), &result) != 0) {
    error = raised_error();
    return FIHOST_INTERNAL;
  }
  if (result.type_index == tvm_ffi_none) return FIHOST_OK;
  if (result.type_index >= tvm_ffi_first_object) {
    runtime_.release(const_cast<void*>(result.pointer));
  }
  error = fmt::format(
      "it returned a value (TVM-FFI type {}); only destination-passing style is supported, where "
      "the outputs are the last arguments and nothing is returned",
      result.type_index);
  return FIHOST_UNSUPPORTED;
}

}  // namespace fihost::device
