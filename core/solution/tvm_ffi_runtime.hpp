// Which function of a TVM-FFI object to call, and which runtime to load for it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/build/object_file.hpp"
#include "core/model/tvm_ffi_entry.hpp"

namespace fihost {

/// Exactly one of the two is set.
struct TvmFfiChoice {
  std::optional<TvmFfiEntry> entry;
  std::string refusal;  ///< one line
};

/// The function `wanted` (empty: the only one that `object` exports), with fihost's own stand-in for
/// the runtime, <prefix>/lib/fihost/tvm_ffi/libtvm_ffi.so, where that has every name the object
/// asks for, else with the installed TVM-FFI's.
[[nodiscard]] TvmFfiChoice choose_tvm_ffi(const ObjectFile& object, const std::string& wanted,
                                          const std::filesystem::path& prefix);

}  // namespace fihost
