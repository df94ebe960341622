// The programs of a run that are needed now; the store has all of them.
#pragma once

#include <map>
#include <vector>

#include "core/search/program.hpp"
#include "core/search/run_store.hpp"

namespace fihost::search {

/// One thread. References stay valid until their program is dropped.
class ProgramShelf {
 public:
  explicit ProgramShelf(const RunStore& store) : store_(store) {}

  /// Fetched from the store where it is not here. Throws Error when there is none.
  [[nodiscard]] const Program& at(ProgramId id);
  const Program& put(Program program);
  void drop(const std::vector<ProgramId>& ids);

 private:
  const RunStore& store_;
  std::map<ProgramId, Program> programs_;
};

}  // namespace fihost::search
