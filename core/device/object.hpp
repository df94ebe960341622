// A loaded candidate object: reference, generator or the thing under test.
#pragma once

#include <fihost/candidate.h>

#include <memory>
#include <string>
#include <vector>

#include "core/device/tvm_ffi_object.hpp"

namespace fihost::device {

/// Loading runs the object's constructors in this process, so a candidate is only ever loaded by a
/// runner or by an inspection process. Never unloaded: its threads or driver callbacks may linger.
class Object {
 public:
  /// Why it cannot be used is one line in refusal(); the table is then not to be touched.
  [[nodiscard]] static Object load(const std::string& path);
  /// The same for an object that is called through TVM-FFI.
  [[nodiscard]] static Object load(const std::string& path, const TvmFfiEntry& entry);

  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }
  [[nodiscard]] const fihost_candidate& table() const noexcept { return *table_; }
  /// What run() takes as its state unless prepare() makes one.
  [[nodiscard]] void* state() const noexcept { return tvm_ffi_.get(); }
  /// To be told before a call for other shapes.
  void set_shapes(const std::vector<TensorShape>& shapes) {
    if (tvm_ffi_) tvm_ffi_->set_shapes(shapes);
  }

 private:
  std::string refusal_;
  const fihost_candidate* table_ = nullptr;  // the object's own, or that of tvm_ffi_
  std::unique_ptr<TvmFfiObject> tvm_ffi_;
};

/// "candidate", "reference", "generator" or "checker"; empty for an unknown number.
[[nodiscard]] std::string role_name(fihost_role role);

/// Empty if code compiled for `wanted` ("sm_90a"; empty: any) runs on `present` ("sm_90"), else why
/// not. Machine code runs on its own major generation from its own minor upwards; "a" code runs on
/// exactly its own.
[[nodiscard]] std::string arch_refusal(const std::string& wanted, const std::string& present);

/// A sink that appends to `out`.
[[nodiscard]] fihost_sink sink_of(std::string& out) noexcept;

}  // namespace fihost::device
