// The tests that need TVM-FFI: without it they are skipped.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

int main(int argc, char** argv) {
  constexpr int skipped = 77;
  namespace fs = std::filesystem;
  if (std::getenv("FIHOST_TVM_FFI") == nullptr) {
    // The package in the virtual environment: lib/python3.N/site-packages/tvm_ffi.
    const fs::path lib = fs::path(FIHOST_VENV) / "lib";
    if (!fs::exists(fs::path(FIHOST_VENV) / "done")) {
      std::puts("skipped: no TVM-FFI; PyPI could not be reached, and FIHOST_TVM_FFI is not set");
      return skipped;
    }
    for (const auto& python : fs::directory_iterator(lib)) {
      const auto package = python.path() / "site-packages" / "tvm_ffi";
      if (fs::exists(package)) ::setenv("FIHOST_TVM_FFI", package.c_str(), 1);
    }
  }
  return doctest::Context(argc, argv).run();
}
