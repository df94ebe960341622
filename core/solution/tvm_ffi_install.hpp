// TVM-FFI as pip installs it: headers to compile against and the runtime library.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace fihost {

struct TvmFfiInstall {
  std::filesystem::path include;         ///< holds tvm/ffi/c_api.h
  std::filesystem::path dlpack_include;  ///< holds dlpack/dlpack.h; often the same folder
  std::filesystem::path library;         ///< libtvm_ffi.so
  std::string version;                   ///< "0.1.15", as the headers say
};

/// The folder $FIHOST_TVM_FFI (the Python package tvm_ffi: include/ and lib/libtvm_ffi.so), else what
/// `tvm-ffi-config` or `python3 -m tvm_ffi.config` says; none when there is neither. Throws Error
/// when what they name is not all there.
[[nodiscard]] std::optional<TvmFfiInstall> find_tvm_ffi();

/// The same, or Error with how to get it.
[[nodiscard]] TvmFfiInstall require_tvm_ffi();

}  // namespace fihost
