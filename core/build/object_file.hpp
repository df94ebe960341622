// A look at a shared object without loading it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fihost {

/// What the ELF headers say. `refusal` is empty for a candidate this machine could load, by
/// fihost's own entry symbol fihost_candidate_v1 or through TVM-FFI; otherwise it is one line: not
/// an ELF file, truncated, wrong machine, not a shared object, no entry symbol, or a plugin, or
/// both.
struct ObjectFile {
  std::string refusal;
  std::vector<std::string> exports;            ///< defined dynamic symbols
  std::vector<std::string> needed;             ///< DT_NEEDED
  std::vector<std::string> undefined;          ///< dynamic symbols that others must define
  bool candidate = false;                      ///< exports fihost_candidate_v1
  std::vector<std::string> tvm_ffi_functions;  ///< "run" for each exported __tvm_ffi_run
};

/// Never throws on a hostile file; throws Error only when it cannot be read.
[[nodiscard]] ObjectFile inspect_object(const std::filesystem::path& path);

}  // namespace fihost
