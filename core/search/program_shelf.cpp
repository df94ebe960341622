#include "core/search/program_shelf.hpp"

#include <utility>

namespace fihost::search {

const Program& ProgramShelf::at(ProgramId id) {
  const auto it = programs_.find(id);
  return it != programs_.end() ? it->second : put(store_.program(id));
}

const Program& ProgramShelf::put(Program program) {
  const auto id = program.id;
  return programs_.insert_or_assign(id, std::move(program)).first->second;
}

void ProgramShelf::drop(const std::vector<ProgramId>& ids) {
  for (const auto id : ids) programs_.erase(id);
}

}  // namespace fihost::search
