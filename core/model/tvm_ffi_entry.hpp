// How a TVM-FFI object is called: host, judge and runner pass this on.
#pragma once

#include <string>

namespace fihost {

struct TvmFfiEntry {
  std::string function;  ///< "run" for an object that exports __tvm_ffi_run
  std::string runtime;   ///< path of the libtvm_ffi.so that is loaded before the object
};

}  // namespace fihost
