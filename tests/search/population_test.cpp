#include "core/search/population.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "tests/search/world.hpp"

using namespace fihost::search;
using namespace fihost::search::test;

namespace {

std::vector<ProgramId> ids(const std::vector<Member>& members) {
  std::vector<ProgramId> out;
  for (const auto& member : members) out.push_back(member.program);
  return out;
}

/// Two islands with the seed, program 1 of score 1.
struct Start {
  World world;
  Population population;
  explicit Start(const DatabaseConfig& config = small_config()) : population(config, world.find()) {
    world.add(scored(1, 1));
    population.add_seed(1);
  }
  Admission admit(Program program, int island = 0, bool beats_owner = false) {
    return population.admit(world.add(std::move(program)), island, beats_owner);
  }
};

}  // namespace

TEST_CASE("population: the seed lives on every island, owns its cell and is the champion") {
  const Start start;
  for (const int island : {0, 1}) {
    CHECK(ids(start.population.members(island)) == std::vector<ProgramId>{1});
    CHECK(start.population.owner(start.world.programs.at(1), island) == 1);
  }
  CHECK(start.population.champion() == 1);
  CHECK_THROWS_AS((void)start.population.members(2), fihost::Error);
}

TEST_CASE("population: a free cell is taken, an owned one only by who beats its owner") {
  Start start;
  const auto free = start.admit(scored(2, 0.1, 100));
  CHECK(free.entered);
  CHECK(free.cell == "registers=97-128");
  CHECK(start.population.cells(0).at(free.cell) == 2);
  const auto beside = start.admit(scored(3, 5));
  CHECK(beside.entered);
  CHECK(beside.replaced == 0);
  CHECK(start.population.owner(start.world.programs.at(3), 0) == 1);
  const auto beats = start.admit(scored(4, 6), 0, true);
  CHECK(beats.replaced == 1);
  CHECK(start.population.owner(start.world.programs.at(3), 0) == 4);
  CHECK(ids(start.population.members(0)) == std::vector<ProgramId>{1, 2, 3, 4});
  CHECK_FALSE(start.admit(scored(4, 6), 0, true).entered);  // there already
}

TEST_CASE("population: what is wrong, incomplete or without a score never enters") {
  Start start;
  std::vector<Program> bad(6, scored(0, 1e9, 200));
  bad[0].result.verdict = fihost::Status::incorrect_numerical;
  bad[1].result.verdict = fihost::Status::timeout;
  bad[2].complete = false;
  bad[3].result.score.reset();
  bad[4].result.score = std::numeric_limits<double>::quiet_NaN();
  bad[5].result.score = std::numeric_limits<double>::infinity();
  Random random(3);
  ProgramId id = 100;
  for (auto program : bad) {
    program.id = id++;
    CHECK_FALSE(start.admit(program, 0, true).entered);
    CHECK_THROWS_AS(start.population.set_champion(program.id), fihost::Error);
    Population fresh(small_config(), start.world.find());
    CHECK_THROWS_AS(fresh.add_seed(program.id), fihost::Error);
  }
  CHECK(start.population.living() == std::set<ProgramId>{1});
  CHECK(start.population.archive() == std::vector<ProgramId>{1});
  for (int i = 0; i < 200; ++i) REQUIRE(start.population.choose_parent(0, random) == 1);
  CHECK(start.population.inspirations(0, 1, 3, 3, random).empty());
}

TEST_CASE("population: over the cap the worst without a cell goes, then the worst owner") {
  Start start;                       // six places an island
  start.admit(scored(2, 2, 64));     // owner
  start.admit(scored(3, 0.5));       // beside the seed
  start.admit(scored(4, 0.7));       // beside the seed
  start.admit(scored(5, 0.1, 100));  // the worst, but an owner
  CHECK(start.admit(scored(6, 9, 80)).evicted.empty());
  CHECK(start.admit(scored(7, 9)).evicted == std::vector<ProgramId>{3});
  CHECK(start.admit(scored(8, 0.01)).evicted == std::vector<ProgramId>{4});  // not the newcomer
  CHECK(start.admit(scored(9, 3, 255)).evicted == std::vector<ProgramId>{8});
  start.population.set_champion(7);
  CHECK(start.admit(scored(10, 4, 168)).evicted == std::vector<ProgramId>{5});
  CHECK_FALSE(start.population.cells(0).contains("registers=97-128"));
}

TEST_CASE("population: champion and seed keep their last copy, whatever comes") {
  Start start;
  start.admit(scored(2, 0.2));
  start.population.set_champion(2);
  for (ProgramId id = 3; id < 60; ++id) {
    start.admit(scored(id, 1 + static_cast<double>(id), 16 * static_cast<int>(id % 16)),
                static_cast<int>(id % 2), true);
  }
  const auto living = start.population.living();
  CHECK(living.contains(1));
  CHECK(living.contains(2));
  CHECK(start.population.members(0).size() == 6);
  CHECK(start.population.members(1).size() == 6);
}

TEST_CASE("population: a cell that loses its owner falls to the best of those beside it") {
  Start start;
  start.admit(scored(2, 3, 100));
  start.admit(scored(3, 5, 100));
  start.admit(scored(4, 4, 100));
  start.population.expel(2);
  CHECK(start.population.cells(0).at("registers=97-128") == 3);
}

TEST_CASE(
    "population: an expelled champion leaves everywhere, and the best of the others follows") {
  Start start;
  start.admit(scored(2, 9, 100));
  start.admit(scored(3, 5, 64));
  start.population.set_champion(2);
  for (int i = 0; i < 3; ++i) start.population.count_evaluated(0);
  REQUIRE(start.population.migrate(0).size() == 1);
  start.population.expel(2);
  CHECK(start.population.champion() == 3);
  CHECK(start.population.living() == std::set<ProgramId>{1, 3});
  CHECK_THROWS_AS(start.population.expel(1), fihost::Error);
}

TEST_CASE("population: baselines choose what they say") {
  Random random(5);
  for (const auto selection : {ParentSelection::best_of_n, ParentSelection::random_parent}) {
    auto config = small_config();
    config.parent_selection = selection;
    Start start(config);
    for (ProgramId id = 2; id <= 5; ++id) start.admit(scored(id, static_cast<double>(id)));
    std::map<ProgramId, int> count;
    for (int i = 0; i < 10'000; ++i) ++count[start.population.choose_parent(0, random)];
    if (selection == ParentSelection::best_of_n) {
      CHECK(count[1] == 10'000);
    } else {
      for (ProgramId id = 1; id <= 5; ++id) CHECK(std::abs(count[id] - 2000) < 200);
    }
  }
}

TEST_CASE("population: parents are good ones, fertile ones less often, and cells get their share") {
  auto config = small_config();
  config.exploration_ratio = 0;
  Start start(config);
  start.admit(scored(2, 2, 64));
  start.admit(scored(3, 4, 64));
  start.admit(scored(4, 8, 64));
  Random random(5);
  const auto shares = [&] {
    std::map<ProgramId, int> count;
    for (int i = 0; i < 10'000; ++i) ++count[start.population.choose_parent(0, random)];
    return count;
  };
  auto count = shares();
  CHECK(count[1] < 10);
  CHECK(std::abs(count[3] - count[4]) < 500);
  start.population.count_child(4);
  start.population.count_child(4);
  CHECK(start.population.children(4) == 2);
  count = shares();
  CHECK(std::abs(count[3] - 3 * count[4]) < 1000);

  config.exploration_ratio = 1;
  Population explorer(config, start.world.find());
  explorer.restore(start.population.state());
  std::map<ProgramId, int> owners;
  for (int i = 0; i < 10'000; ++i) ++owners[explorer.choose_parent(0, random)];
  CHECK(std::abs(owners[1] - 5000) < 300);
  CHECK(std::abs(owners[2] - 5000) < 300);
  CHECK(owners.size() == 2);
}

TEST_CASE("population: inspirations are the best and some from other cells, never the parent") {
  Start start;
  start.admit(scored(2, 5, 64));
  start.admit(scored(3, 4, 64));
  start.admit(scored(4, 2, 128));
  start.admit(scored(5, 0.1, 255));
  Random random(1);
  const auto shown = start.population.inspirations(0, 1, 2, 2, random);
  CHECK(shown ==
        std::vector<ProgramId>{2, 3, 4, 5});  // 4 and 5 own cells that 2 and 3 do not lie in
  CHECK(start.population.inspirations(0, 2, 1, 0, random) == std::vector<ProgramId>{3});
  CHECK(start.population.inspirations(0, 2, 9, 9, random) == std::vector<ProgramId>{3, 4, 1, 5});
  CHECK(start.population.inspirations(1, 1, 2, 2, random).empty());
}

TEST_CASE("population: the complement is the partner that helps the parent most") {
  Start start;
  start.admit(passed(2, {1, 1, 4}));
  start.admit(passed(3, {4, 4, 0.5}));
  start.admit(passed(4, {0.9, 4, 4}));
  start.admit(passed(5, {1.002, 0.999, 4}));
  CHECK(start.population.complement(0, 2) == 3);
  CHECK(start.population.complement(0, 3) == 1);
  CHECK(start.population.complement(0, 1) == 3);
  CHECK(start.population.complement(1, 1) == 0);
  CHECK(start.population.regime_champions() == std::vector<ProgramId>{4, 5, 3});
}

TEST_CASE("population: children are born where the fewest attempts were made") {
  Start start;
  CHECK(start.population.next_island() == 0);
  start.population.count_evaluated(0);
  CHECK(start.population.next_island() == 1);
  start.population.count_failed(1);
  start.population.count_failed(1);
  CHECK(start.population.next_island() == 0);
  CHECK(start.population.evaluated(0) == 1);
  CHECK(start.population.evaluated(1) == 0);
}

TEST_CASE("population: the best go to the next island once, as copies") {
  Start start;
  start.admit(scored(2, 5, 64));
  start.admit(scored(3, 4, 64));
  CHECK(start.population.migrate(0).empty());  // not due
  const auto tick = [&](int island) {
    for (int i = 0; i < 3; ++i) start.population.count_evaluated(island);
  };
  tick(0);
  const auto moved = start.population.migrate(0);
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].program == 2);
  CHECK(moved[0].from == 0);
  CHECK(moved[0].to == 1);
  CHECK(moved[0].admission.cell == "registers=49-64");
  CHECK(ids(start.population.members(0)) == std::vector<ProgramId>{1, 2, 3});
  CHECK(ids(start.population.members(1)) == std::vector<ProgramId>{1, 2});
  CHECK(start.population.members(1)[1].migrant);
  CHECK(start.population.migrate(0).empty());  // the clock is set back
  tick(0);
  CHECK(start.population.migrate(0).empty());  // went already
  tick(1);
  CHECK(start.population.migrate(1).empty());  // a migrant does not move on
}

TEST_CASE("population: who has migrated is not sent again when it died out over there") {
  Start start;
  start.admit(scored(2, 5, 64));
  const auto tick = [&] {
    for (int i = 0; i < 3; ++i) start.population.count_evaluated(0);
  };
  tick();
  REQUIRE(start.population.migrate(0).size() == 1);
  start.population.restart(1);
  REQUIRE(ids(start.population.members(1)) == std::vector<ProgramId>{1});
  tick();
  CHECK(start.population.migrate(0).empty());
}

TEST_CASE("population: a migrant does not move on, its children do") {
  auto config = small_config();
  config.num_islands = 3;
  Start start(config);
  start.admit(scored(2, 5, 64));
  const auto tick = [&](int island) {
    for (int i = 0; i < 3; ++i) start.population.count_evaluated(island);
    return start.population.migrate(island);
  };
  REQUIRE(tick(0).size() == 1);
  CHECK(tick(1).empty());
  start.admit(scored(3, 6, 64), 1);
  const auto moved = tick(1);
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].program == 3);
  CHECK(moved[0].to == 2);
}

TEST_CASE("population: a migrant with a twin at its aim stays at home") {
  Start start;
  auto twin = scored(3, 4, 64);
  twin.source_digest = "s2";
  start.admit(scored(2, 5, 64));
  start.admit(twin, 1);
  for (int i = 0; i < 3; ++i) start.population.count_evaluated(0);
  CHECK(start.population.migrate(0).empty());
  auto machine_twin = scored(4, 8, 64);
  machine_twin.code_digest = "c";
  start.admit(machine_twin);
  machine_twin.id = 5;
  machine_twin.source_digest = "s5";
  start.admit(machine_twin, 1);
  for (int i = 0; i < 3; ++i) start.population.count_evaluated(0);
  CHECK(start.population.migrate(0).empty());
}

TEST_CASE("population: a migrant takes a cell only when it is clearly ahead of the owner") {
  for (const double score : {5.02, 5.03}) {
    Start start;
    start.admit(scored(2, score, 64));
    start.admit(scored(3, 5, 64), 1);
    for (int i = 0; i < 3; ++i) start.population.count_evaluated(0);
    const auto moved = start.population.migrate(0);
    REQUIRE(moved.size() == 1);
    CHECK(moved[0].admission.replaced == (score > 5.025 ? 3 : 0));
  }
}

TEST_CASE("population: a fresh start keeps champion and seed only") {
  Start start;
  start.admit(scored(2, 5, 64));
  start.admit(scored(3, 4, 64));
  start.admit(scored(4, 9, 128), 1);
  start.population.set_champion(4);
  CHECK(start.population.restart(0) == std::vector<ProgramId>{2, 3});
  CHECK(ids(start.population.members(0)) == std::vector<ProgramId>{4, 1});
  CHECK(start.population.members(0)[0].migrant);
  CHECK(start.population.living() == std::set<ProgramId>{1, 4});
}

TEST_CASE("population: a state of another shape is refused and changes nothing") {
  Start start;
  start.admit(scored(2, 5, 64));
  const auto state = start.population.state();
  auto config = small_config();
  config.num_islands = 3;
  Population other(config, start.world.find());
  CHECK_THROWS_AS(other.restore(state), fihost::Error);
  for (const char* key : {"seed", "champion", "islands", "children"}) {
    auto damaged = state;
    damaged.erase(key);
    CHECK_THROWS_AS(start.population.restore(damaged), fihost::Error);
  }
  auto damaged = state;
  damaged["islands"][0]["members"][0]["owner"] = false;
  CHECK_THROWS_AS(start.population.restore(damaged), fihost::Error);
  damaged = state;
  damaged["champion"] = 77;
  CHECK_THROWS_AS(start.population.restore(damaged), fihost::Error);
  CHECK(start.population.state() == state);
}
