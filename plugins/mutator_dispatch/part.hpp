// A candidate's source, made ready to be one of several in a file.
#pragma once

#include <string>
#include <vector>

namespace dispatch {

/// What a part's table is called in its namespace.
inline constexpr const char* table_name = "fihost_part_table";

struct Part {
  std::string refusal;  ///< why it cannot be a part, one line; empty: it can
  std::vector<std::string>
      includes;                     ///< directives to stand first, conditional blocks in one piece
  std::string body;                 ///< the rest, to be put into a namespace
  std::vector<std::string> macros;  ///< that the body defines
  std::string device, arch;         ///< of its table: "FIHOST_CUDA", "\"sm_90a\"" or "nullptr"
};

/// Take `source` apart. In the body the table is named `table_name`, is constexpr and has no linkage
/// of its own. Refused is what a namespace cannot hold or what another part would see: extern "C",
/// namespaces std and fihost opened again, an include behind a macro or within braces, pragmas that
/// change how the rest is compiled, a device or architecture that is no literal, a table that is not written as
/// `const fihost_candidate fihost_candidate_v1 = {...}`.
[[nodiscard]] Part take_apart(const std::string& source);

}  // namespace dispatch
