// An object that exports a TVM-FFI function, seen as a candidate of fihost's own ABI.
#pragma once

#include <fihost/candidate.h>

#include <memory>
#include <string>
#include <vector>

#include "core/device/message.hpp"
#include "core/device/tvm_ffi_abi.hpp"
#include "core/model/tvm_ffi_entry.hpp"

namespace fihost::device {

/// The function is called with the definition's inputs, then its outputs: tensors as DLTensor*,
/// scalars as int, float or bool after the definition's dtype. It must write the outputs and return
/// nothing. Neither object nor runtime is ever unloaded. Used by one thread.
class TvmFfiObject {
 public:
  /// Loads the runtime, then the object at `path`, and finds the function. What stands in the way is
  /// one line in refusal().
  TvmFfiObject(const std::string& path, const TvmFfiEntry& entry);
  TvmFfiObject(const TvmFfiObject&) = delete;
  TvmFfiObject& operator=(const TvmFfiObject&) = delete;

  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

  /// run() takes this object as its state. `definition` is empty and `device_type` 0: such an object
  /// does not say what it is for.
  [[nodiscard]] const fihost_candidate& table() const noexcept { return table_; }

  /// Tell the shapes of the calls that follow: they say which arguments are scalars.
  void set_shapes(const std::vector<TensorShape>& shapes);

 private:
  /// What is used of the runtime.
  struct Runtime {
    void (*get_version)(TvmFfiVersion*) = nullptr;
    int (*set_stream)(std::int32_t, std::int32_t, void*, void**) = nullptr;
    void (*take_error)(void**) = nullptr;
    int (*release)(void*) = nullptr;
  };
  [[nodiscard]] std::string load_runtime(const std::string& path);
  [[nodiscard]] std::string load_function(const std::string& path);
  [[nodiscard]] std::string raised_error() const;
  [[nodiscard]] fihost_status call(const fihost_call& call, std::string& error);

  std::string function_name_;
  std::string refusal_;
  Runtime runtime_;
  TvmFfiFunction function_ = nullptr;
  fihost_candidate table_{};
  std::vector<TvmFfiAny> arguments_;  // scalars are set, tensors come with each call
};

}  // namespace fihost::device
