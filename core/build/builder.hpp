// Source in, shared object out: nvcc for .cu, the host compiler for .cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace fihost {

/// One line of a compiler's complaint.
struct Diagnostic {
  std::string file;
  int line = 0;
  std::string severity;  ///< "error", "warning", "note"
  std::string message;
};

/// What ptxas says of one kernel on one architecture.
struct KernelUsage {
  std::string kernel;                                                ///< demangled
  std::string arch;                                                  ///< "sm_90a"
  int registers = 0;                                                 ///< per thread
  int stack_bytes = 0, spill_store_bytes = 0, spill_load_bytes = 0;  ///< per thread
  int shared_bytes = 0;                                              ///< static, per block
};

struct BuildRequest {
  std::filesystem::path source;    ///< .cu or .cpp
  std::vector<std::string> archs;  ///< "sm_90a", ...; used for .cu only
  std::vector<std::string> flags;  ///< appended to the compiler's
};

/// A failed build is a result, not an exception.
struct BuildResult {
  bool ok = false;
  bool cached = false;  ///< taken from the object cache
  bool timed_out = false;
  bool cancelled = false;
  std::filesystem::path object;  ///< the shared object, in the cache; empty unless ok
  double seconds = 0;            ///< spent by this call
  std::vector<Diagnostic> diagnostics;
  std::vector<KernelUsage> kernels;
  std::string log;  ///< the compiler's own text
};

/// The programs found on this machine.
struct Toolchain {
  std::string cxx;                  ///< $CXX, else g++, else clang++, else c++; empty: none
  std::string cxx_version;          ///< first line of --version
  std::optional<std::string> nvcc;  ///< $CUDA_HOME/bin/nvcc, else PATH, else /usr/local/cuda
  std::string nvcc_version;
  std::optional<std::string> ccache;
};
[[nodiscard]] Toolchain find_toolchain();

/// Thread-safe: any number of builds at once.
class Builder {
 public:
  /// `prefix` is the fihost installation (its include/ and share/fihost/exports.map are used),
  /// `cache` the folder that keeps finished objects.
  Builder(Toolchain toolchain, std::filesystem::path prefix, std::filesystem::path cache);

  /// `timeout` is for compiler and linker together. Finished objects are kept and found again while
  /// the source, what it includes, the flags, the SDK and the compilers stay the same. Throws Error
  /// when the source cannot be read, has another suffix, an architecture is no such name, or no
  /// compiler is there for it.
  [[nodiscard]] BuildResult build(const BuildRequest& request, std::chrono::milliseconds timeout,
                                  std::stop_token stop = {}) const;
  [[nodiscard]] const Toolchain& toolchain() const noexcept { return toolchain_; }

 private:
  Toolchain toolchain_;
  std::filesystem::path prefix_, cache_;
};

[[nodiscard]] Json to_json(const KernelUsage& usage);
[[nodiscard]] Json to_json(const BuildResult& result);

/// "sm_90" -> "sm_90a", "sm_89" -> "sm_89": from Hopper on, the architecture-specific feature set
/// is the default.
[[nodiscard]] std::string default_arch(const std::string& device_arch);

}  // namespace fihost
