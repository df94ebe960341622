// Files to a solution: a fihost candidate with a generated binding, or a starter kit's folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/definition.hpp"
#include "core/model/solution.hpp"
#include "core/model/workload.hpp"

namespace fihost {

struct PackedSolution {
  Solution solution;
  std::vector<std::string> notes;  ///< what was repaired, what to beware of; one line each
};

struct CandidatePackRequest {
  std::filesystem::path source;  ///< .cu or .cpp that defines fihost_candidate_v1
  std::string name, author;
  const Definition& definition;
  const std::vector<Workload>& workloads;  ///< looked at for scalars that TVM-FFI would refuse
  std::filesystem::path prefix;            ///< the installation: its SDK headers travel along
};

/// The source and the headers beside it that it includes, the SDK headers in use, and a binding
/// fihost_binding.cu (or .cpp) whose `run` calls the candidate in destination-passing style. Throws
/// Error for an include that leads out of the source's folder or that the solution would compile
/// twice, and for a definition that has no such binding.
[[nodiscard]] PackedSolution pack_candidate(const CandidatePackRequest& request);

/// A folder with a config.toml, or that file: the sources lie in solution/<language>/ beside it, or
/// beside it themselves. An entry point that is not FILE::SYMBOL is repaired when only one thing can
/// be meant. Throws Error with what is wrong, with the line of the file.
[[nodiscard]] PackedSolution pack_folder(const std::filesystem::path& path);

}  // namespace fihost
