#include "core/solution/tvm_ffi_runtime.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/solution/tvm_ffi_install.hpp"

namespace {

namespace fs = std::filesystem;

/// What the shim's own names and `more` make of an object with the functions `functions`.
fihost::ObjectFile object(std::vector<std::string> functions, std::vector<std::string> more = {}) {
  fihost::ObjectFile file;
  file.tvm_ffi_functions = std::move(functions);
  file.undefined = {"memcpy", "TVMFFIErrorSetRaised", "TVMFFIEnvGetStream"};
  file.undefined.insert(file.undefined.end(), more.begin(), more.end());
  return file;
}

/// $FIHOST_TVM_FFI for the length of a test.
class Variable {
 public:
  explicit Variable(const fs::path& folder) { ::setenv("FIHOST_TVM_FFI", folder.c_str(), 1); }
  ~Variable() { ::unsetenv("FIHOST_TVM_FFI"); }
};

/// The shape of an installation, without its content.
void make_install(const fs::path& root) {
  fihost::write_text(root / "include/tvm/ffi/c_api.h",
                     "#define TVM_FFI_VERSION_MAJOR 0\n#define TVM_FFI_VERSION_MINOR 1\n"
                     "#define TVM_FFI_VERSION_PATCH 27\n");
  fihost::write_text(root / "include/dlpack/dlpack.h", "");
  fihost::write_text(root / "lib/libtvm_ffi.so", "");
}

}  // namespace

TEST_CASE("an object that the stand-in suffices for gets it, any other the installed library") {
  const fihost::TempDir folder;
  make_install(folder.path());
  const Variable variable(folder.path());
  const fs::path prefix = FIHOST_PREFIX;
  const auto own = choose_tvm_ffi(object({"run"}), "", prefix);
  REQUIRE(own.entry);
  CHECK(own.entry->function == "run");
  CHECK(own.entry->runtime == (prefix / "lib/fihost/tvm_ffi/libtvm_ffi.so").string());
  const auto real = choose_tvm_ffi(object({"run"}, {"TVMFFITensorToDLPack"}), "", prefix);
  REQUIRE(real.entry);
  CHECK(real.entry->runtime == (folder.path() / "lib/libtvm_ffi.so").string());
}

TEST_CASE("one of several functions has to be named") {
  CHECK(choose_tvm_ffi(object({"f", "g"}), "", FIHOST_PREFIX).refusal.find("f, g") !=
        std::string::npos);
  CHECK(choose_tvm_ffi(object({"f", "g"}), "g", FIHOST_PREFIX).entry->function == "g");
  CHECK(choose_tvm_ffi(object({"f", "g"}), "h", FIHOST_PREFIX).refusal ==
        "it exports no TVM-FFI function 'h', only f, g");
}

TEST_CASE("an installation is found with its version, or refused when it is not whole") {
  const fihost::TempDir folder;
  make_install(folder.path());
  const Variable variable(folder.path());
  CHECK(fihost::require_tvm_ffi().version == "0.1.27");
  fs::remove(folder.path() / "lib/libtvm_ffi.so");
  CHECK_THROWS_WITH_AS(static_cast<void>(fihost::find_tvm_ffi()),
                       doctest::Contains("$FIHOST_TVM_FFI names an incomplete TVM-FFI"),
                       fihost::Error);
}
