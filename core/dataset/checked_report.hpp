// What a check of a dataset found, in the form of flashinfer-bench's validator.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/dataset/dataset.hpp"

namespace fihost {

enum class Level { info, warning, error };
[[nodiscard]] std::string_view name(Level level);

struct CheckMessage {
  Level level = Level::info;
  std::string text;
};

/// The checks in the order of reports. `benchmark` needs a GPU and Python and is never made here.
inline const std::vector<std::string> check_names = {"layout", "definition", "workload", "solution",
                                                     "trace",  "baseline",   "benchmark"};

/// Messages of one definition, by check.
struct CheckedDefinition {
  std::string name;
  std::map<std::string, std::vector<CheckMessage>> messages;
};

struct CheckedReport {
  std::filesystem::path root;
  std::vector<std::string> checks;  ///< those that were made
  bool python = false;              ///< an interpreter parsed the references
  std::vector<CheckedDefinition> definitions;
  std::vector<Problem> problems;  ///< files and lines that could not be read at all

  [[nodiscard]] std::size_t count(Level level) const;
};

/// {"config", "definitions": {name: {"status", <check>: {"status", "messages"} | null}}}, and what
/// could not be read under "problems". A status is the worst level there is, "passed" without any.
[[nodiscard]] Json to_json(const CheckedReport& report);

}  // namespace fihost
