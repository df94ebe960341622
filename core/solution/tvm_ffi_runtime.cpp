#include "core/solution/tvm_ffi_runtime.hpp"

#include <algorithm>
#include <vector>

#include "core/base/error.hpp"
#include "core/solution/tvm_ffi_install.hpp"

namespace fihost {
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Names of TVM-FFI's C interface that `object` uses and `runtime` has not.
std::vector<std::string> missing_names(const ObjectFile& object, const ObjectFile& runtime) {
  std::vector<std::string> missing;
  for (const auto& name : object.undefined) {
    if (name.starts_with("TVMFFI") && !holds(runtime.exports, name)) missing.push_back(name);
  }
  return missing;
}

TvmFfiChoice refused(std::string reason) { return {.entry = {}, .refusal = std::move(reason)}; }

}  // namespace

TvmFfiChoice choose_tvm_ffi(const ObjectFile& object, const std::string& wanted,
                            const std::filesystem::path& prefix) {
  const auto& functions = object.tvm_ffi_functions;
  const auto list = fmt::format("{}", fmt::join(functions, ", "));
  if (functions.empty()) return refused("it exports no __tvm_ffi_<name>");
  if (wanted.empty() && functions.size() > 1) {
    return refused(
        fmt::format("it exports several TVM-FFI functions ({}); name one with --entry", list));
  }
  if (!wanted.empty() && !holds(functions, wanted)) {
    return refused(fmt::format("it exports no TVM-FFI function '{}', only {}", wanted, list));
  }
  TvmFfiEntry entry{.function = wanted.empty() ? functions.front() : wanted, .runtime = {}};
  const auto own = prefix / "lib/fihost/tvm_ffi/libtvm_ffi.so";
  const auto missing =
      missing_names(object, std::filesystem::exists(own) ? inspect_object(own) : ObjectFile());
  if (missing.empty()) {
    entry.runtime = own.string();
  } else if (const auto install = find_tvm_ffi()) {
    entry.runtime = install->library.string();
  } else {
    return refused(
        fmt::format("it uses {} of TVM-FFI, whose library was not found; pip install "
                    "apache-tvm-ffi, or set FIHOST_TVM_FFI",
                    fmt::join(missing, ", ")));
  }
  return {.entry = std::move(entry), .refusal = {}};
}

}  // namespace fihost
