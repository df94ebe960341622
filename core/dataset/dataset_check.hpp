// Whether a dataset is one that every tool of the ecosystem can use.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/dataset/checked_report.hpp"

namespace fihost {

struct CheckRequest {
  std::filesystem::path root;
  std::vector<std::string> checks;       ///< of check_names; empty: all but "benchmark"
  std::vector<std::string> definitions;  ///< empty: all
  std::vector<std::string> op_types;     ///< empty: all
};

/// The checks of flashinfer-bench's validator that need no GPU, on every definition asked for:
///   layout      files lie where their content says
///   definition  schema and Python; a missing description is a warning
///   workload    axes > 0 and inputs match the definition; blobs exist and fit; uuids are unique
///   solution    names a known definition
///   trace       names a known workload and solution; a workload without one is a warning
///   baseline    exactly one solution by author "baseline"; none is a warning
/// Throws Error when `root` is no dataset or a check or definition is unknown.
[[nodiscard]] CheckedReport check_dataset(const CheckRequest& request, std::stop_token stop = {});

}  // namespace fihost
