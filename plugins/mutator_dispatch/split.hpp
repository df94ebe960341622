// Where one program is faster and where the other: along one axis of the definition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fihost/context.hpp>
#include <string>
#include <vector>

namespace dispatch {

/// Values of `axis` up to `limit` are served by `part` (0 or 1); the last interval has no limit.
struct Interval {
  std::int64_t limit = 0;
  int part = 0;
};

struct Split {
  std::string axis;
  std::vector<Interval> intervals;  ///< two or three, ascending; neighbours have different parts
  double gain = 1;  ///< geometric mean of the speeds over that of the better program alone
};

/// The best split of the workloads that both programs were measured on. `definition` and the programs
/// are as mutator.propose.json has them. A third interval has to bring one percent more. Without
/// intervals: no axis separates them, or nothing was measured on both.
[[nodiscard]] Split best_split(const fihost::sdk::Json& definition, const fihost::sdk::Json& first,
                               const fihost::sdk::Json& second);

}  // namespace dispatch
