#include "core/search/profiling.hpp"

#include <doctest/doctest.h>

using fihost::Workload;
using fihost::search::profile_workloads;

namespace {

Workload workload(std::int64_t rows, double flops = 0) {
  Workload w;
  w.axes["rows"] = rows;
  if (flops > 0) w.cost = fihost::Cost{.bytes = 1, .flops = flops};
  return w;
}

using Indices = std::vector<std::size_t>;

}  // namespace

TEST_CASE("the workloads that are profiled are those with the most and the least work") {
  const std::vector<Workload> by_axes = {workload(7), workload(1), workload(100), workload(50)};
  CHECK(profile_workloads(by_axes, 1) == Indices{2});
  CHECK(profile_workloads(by_axes, 2) == Indices{1, 2});
  CHECK(profile_workloads(by_axes, 4) == Indices{0, 1, 2, 3});
  CHECK(profile_workloads(by_axes, 9) == Indices{0, 1, 2, 3});
  CHECK(profile_workloads(by_axes, 0).empty());
  CHECK(profile_workloads({}, 2).empty());
}

TEST_CASE("a workload's cost counts for more than its axes") {
  CHECK(profile_workloads({workload(100, 10), workload(1, 1000), workload(50, 1)}, 2) ==
        Indices{1, 2});
}
