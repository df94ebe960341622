#include "core/report/run_record.hpp"

#include <algorithm>

namespace fihost {
namespace {

template <class Row, class Id>
const Row* found(const std::vector<Row>& rows, Id id) {
  const auto at = std::lower_bound(rows.begin(), rows.end(), id,
                                   [](const Row& row, Id wanted) { return row.id < wanted; });
  return at != rows.end() && at->id == id ? &*at : nullptr;
}

}  // namespace

const search::Program* RunRecord::program(search::ProgramId id) const {
  return found(programs, id);
}

const search::Attempt* RunRecord::attempt(search::AttemptId id) const {
  return found(attempts, id);
}

}  // namespace fihost
