// Long random histories: what must hold after each step of any of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/search/fitness.hpp"
#include "core/search/population.hpp"
#include "tests/search/world.hpp"

using namespace fihost::search;
using namespace fihost::search::test;

namespace {

constexpr int islands = 3;
constexpr std::size_t places = 20;

DatabaseConfig history_config() {
  DatabaseConfig config;
  config.population_size = islands * places;
  config.num_islands = islands;
  config.migration_interval = 7;
  config.migration_rate = 0.2;
  return config;
}

/// A program like those that a run makes, a third of them wrong in one way or another.
Program any_program(ProgramId id, Random& random) {
  std::vector<double> latencies;
  for (int i = 0; i < 6; ++i) latencies.push_back(0.5 + draw_unit(random));
  auto program = passed(id, latencies, static_cast<int>(16 + draw_below(random, 240)));
  program.kernels[0].shared_bytes = static_cast<int>(draw_below(random, 60'000));
  program.source_digest = "s" + std::to_string(draw_below(random, 3000));
  switch (draw_below(random, 12)) {
    case 0:
      program.result.verdict = fihost::Status::incorrect_numerical;
      break;
    case 1:
      program.result.verdict = fihost::Status::runtime_error;
      break;
    case 2:
      program.complete = false;
      break;
    case 3:
      program.result.score = std::numeric_limits<double>::quiet_NaN();
      break;
    case 4:
      program.kernels.clear();
      break;
    case 5:
      program.result.score = 1;
      break;
    default:
      break;
  }
  return program;
}

std::string broken_cell(const Population& population, int island) {
  const auto& members = population.members(island);
  for (const auto& [cell, owner] : population.cells(island)) {
    const auto at =
        std::find_if(members.begin(), members.end(),
                     [id = owner](const Member& member) { return member.program == id; });
    if (at == members.end() || at->cell != cell) return "cell " + cell + " is owned from elsewhere";
  }
  for (const auto& member : members) {
    if (!population.cells(island).contains(member.cell)) return "cell without owner";
  }
  return {};
}

/// What is wrong with the population; empty: nothing.
std::string broken(const Population& population, const World& world) {
  for (int island = 0; island < islands; ++island) {
    const auto& members = population.members(island);
    if (members.empty() || members.size() > places) return "cap";
    std::set<ProgramId> once;
    for (const auto& member : members) {
      if (!once.insert(member.program).second) return "twice in an island";
      if (!eligible(world.programs.at(member.program))) return "a wrong program lives";
    }
    if (auto cell = broken_cell(population, island); !cell.empty()) return cell;
  }
  const auto living = population.living();
  if (!living.contains(population.champion())) return "the champion is dead";
  if (!living.contains(population.seed())) return "the seed is dead";
  const auto archive = population.archive();
  for (std::size_t i = 1; i < archive.size(); ++i) {
    if (!ahead(world.programs.at(archive[i - 1]), world.programs.at(archive[i]))) return "archive";
  }
  return {};
}

/// An owner that left although others could have gone; empty: none.
std::string wasted_elite(const Population& before, const Population& after, int island,
                         ProgramId newcomer, const Admission& admission) {
  for (const auto& [cell, owner] : before.cells(island)) {
    const auto& members = after.members(island);
    const auto is = [](ProgramId id) {
      return [id](const Member& member) { return member.program == id; };
    };
    if (std::any_of(members.begin(), members.end(), is(owner))) continue;
    if (owner == admission.replaced) continue;
    for (const auto& member : members) {
      const ProgramId id = member.program;
      const bool owns = after.cells(island).at(member.cell) == id;
      if (!owns && id != newcomer && id != after.seed() && id != after.champion()) {
        return "owner of " + cell + " left before program " + std::to_string(id);
      }
    }
  }
  return {};
}

struct History {
  World world;
  Random random;
  Population population;
  ProgramId last = 1;

  explicit History(std::uint64_t seed) : random(seed), population(history_config(), world.find()) {
    world.add(passed(1, {1, 1, 1, 1, 1, 1}));
    population.add_seed(1);
  }

  /// Everything that a run does, once.
  std::string step() {
    const int island = population.next_island();
    const ProgramId parent = population.choose_parent(island, random);
    if (!eligible(world.programs.at(parent))) return "a wrong parent";
    population.count_child(parent);
    for (const ProgramId id : population.inspirations(island, parent, 3, 2, random)) {
      if (id == parent) return "inspired by itself";
    }
    const auto& child = world.add(any_program(++last, random));
    const auto before = population;
    const auto admission = population.admit(child, island, draw_below(random, 2) == 0);
    if (admission.entered != eligible(child)) return "wrong admission";
    auto wrong = wasted_elite(before, population, island, last, admission);
    if (!wrong.empty()) return wrong;
    const auto living = population.living();
    for (const ProgramId id : admission.evicted) {
      if (living.contains(id)) return "evicted, yet alive";
    }
    if (admission.entered && draw_below(random, 50) == 0) population.set_champion(last);
    if (draw_below(random, 5) == 0) {
      population.count_failed(island);
    } else {
      population.count_evaluated(island);
    }
    (void)population.migrate(island);
    if (draw_below(random, 400) == 0) (void)population.restart(island);
    if (last > 2 && draw_below(random, 300) == 0) {
      const auto best = population.archive().front();
      if (best != 1) population.expel(best);
    }
    return broken(population, world);
  }
};

}  // namespace

TEST_CASE("population: 5000 steps of three histories break nothing") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    History history(seed);
    for (int i = 0; i < 5000; ++i) {
      const auto wrong = history.step();
      CAPTURE(seed);
      CAPTURE(i);
      REQUIRE(wrong == "");
    }
  }
}

TEST_CASE("population: a history that is interrupted goes on as if it had not been") {
  History straight(9), interrupted(9);
  for (int i = 0; i < 1500; ++i) {
    REQUIRE(straight.step() == "");
    REQUIRE(interrupted.step() == "");
    if (i % 100 != 50) continue;
    // As a later process finds it: through text, in new objects.
    const auto state = fihost::parse_json(fihost::dump(interrupted.population.state()), "state");
    const auto numbers = save_random(interrupted.random);
    History next(0);
    next.world = interrupted.world;
    next.last = interrupted.last;
    next.random = restore_random(numbers);
    next.population.restore(state);
    REQUIRE(next.population.state() == state);
    interrupted.world = next.world;
    interrupted.random = next.random;
    interrupted.population.restore(next.population.state());
  }
  CHECK(straight.population.state() == interrupted.population.state());
}
