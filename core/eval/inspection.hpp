// What an object says about itself, asked in a throw-away process.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "core/model/trial.hpp"
#include "core/model/tvm_ffi_entry.hpp"

namespace fihost {

/// The descriptor's fields. They are claims: the judge checks them again.
struct Descriptor {
  std::string name;
  std::string definition;           ///< empty: it does not say
  std::optional<std::string> arch;  ///< none: any
  std::string role;                 ///< "candidate", "reference", "generator", "checker"
  std::string device_type;          ///< "cpu", "cuda"; "any": it does not say
  std::uint32_t flags = 0;
};

/// Why a file cannot be evaluated, as the status that every workload gets.
struct Rejection {
  Status status = Status::compile_error;
  std::string reason;  ///< one line
};

/// Exactly one of the first two is set.
struct Inspection {
  std::optional<Descriptor> descriptor;
  std::optional<Rejection> rejection;
  std::optional<TvmFfiEntry> tvm_ffi;  ///< of an object that is called through TVM-FFI
};

/// Look at the ELF headers, then load `object` in a child of `worker`. A constructor that crashes or
/// exits is RUNTIME_ERROR, one that outlasts `timeout` is TIMEOUT, any other refusal COMPILE_ERROR.
/// An object without fihost's entry symbol, or one with TVM-FFI functions of which `function` is
/// wanted, is looked at through TVM-FFI; the runtime is the installation's that `worker` belongs to, or the real one.
/// Throws Error when `object` cannot be read or the worker cannot be started; Cancelled on stop.
[[nodiscard]] Inspection inspect(const std::filesystem::path& worker,
                                 const std::filesystem::path& object,
                                 std::chrono::milliseconds timeout, std::stop_token stop = {},
                                 const std::string& function = {});

}  // namespace fihost
