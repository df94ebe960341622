#include "core/device/match.hpp"

#include <doctest/doctest.h>

#include <set>

using fihost::device::entrant_at;

TEST_CASE("who begins alternates with the round and with the workload") {
  for (std::size_t round = 0; round < 4; ++round) {
    for (std::size_t workload = 0; workload < 4; ++workload) {
      const auto first = entrant_at(0, round, workload, 2);
      CHECK(entrant_at(1, round, workload, 2) == 1 - first);
      CHECK(entrant_at(0, round + 1, workload, 2) == 1 - first);
      CHECK(entrant_at(0, round, workload + 1, 2) == 1 - first);
    }
  }
}

TEST_CASE("everyone has a turn, however many play") {
  std::set<std::size_t> seen;
  for (std::size_t turn = 0; turn < 3; ++turn) seen.insert(entrant_at(turn, 5, 7, 3));
  CHECK(seen == std::set<std::size_t>{0, 1, 2});
}
