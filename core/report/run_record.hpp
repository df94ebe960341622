// A run of the evolution as reports need it: everything at hand, its long texts bounded.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/search/run_store.hpp"

namespace fihost {

struct RunRecord {
  search::RunHead head;
  std::uint64_t iteration = 0;            ///< evaluated children
  std::string end_note;                   ///< empty: it runs, or was killed
  std::vector<search::Program> programs;  ///< by id; the seed first
  std::vector<search::Attempt> attempts;  ///< by id
  std::map<search::AttemptId, std::vector<search::Exchange>> exchanges;
  std::map<search::ProgramId, std::vector<search::StoredProfile>> profiles;
  std::vector<search::Rematch> rematches;     ///< in their order
  std::vector<search::Placement> placements;  ///< in their order

  /// Null: there is none of this id.
  [[nodiscard]] const search::Program* program(search::ProgramId id) const;
  [[nodiscard]] const search::Attempt* attempt(search::AttemptId id) const;
};

}  // namespace fihost
