// A FlashInfer Trace dataset on disk: definitions, workloads, solutions and traces under one root.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/definition.hpp"
#include "core/model/solution.hpp"
#include "core/model/trace.hpp"

namespace fihost {

/// Something read, and where it stands.
template <class T>
struct Located {
  T value;
  std::filesystem::path file;
  int line = 1;
};

/// What is wrong in a file of a dataset.
struct Problem {
  std::filesystem::path file;
  int line = 1;
  std::string text;
};
/// "file:line: text"
[[nodiscard]] std::string text(const Problem& problem);

/// Everything that could be read, in the order of paths and lines. As in the format, only content
/// counts: files may lie at any depth below the four folders.
struct Dataset {
  std::filesystem::path root;
  std::vector<Located<Definition>> definitions;
  std::vector<Located<Trace>> workloads;
  std::vector<Located<Solution>> solutions;
  std::vector<Located<Trace>> traces;
  std::vector<Problem> problems;

  [[nodiscard]] const Definition* definition(const std::string& name) const;
};

/// `report_all` goes on after a malformed file or line and lists it in `problems`; `strict` throws
/// Error at the first, as flashinfer-bench does.
enum class LoadMode { report_all, strict };

/// Throws Error when `root` is no folder or holds none of the folders of a dataset. Names that occur
/// twice (definitions, solutions) are problems.
[[nodiscard]] Dataset load_dataset(const std::filesystem::path& root,
                                   LoadMode mode = LoadMode::report_all);

/// The traces of one file or, for a folder, of all `.jsonl` files below it (below its `traces` folder
/// when it is a dataset).
[[nodiscard]] std::vector<Located<Trace>> load_traces(const std::filesystem::path& path,
                                                      std::vector<Problem>& problems);

}  // namespace fihost
