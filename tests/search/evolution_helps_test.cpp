// The claim that the search is worth its budget, on a landscape where the answer is known.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/search/fitness.hpp"
#include "core/search/population.hpp"
#include "tests/search/world.hpp"

using namespace fihost::search;
using namespace fihost::search::test;

namespace {

constexpr int genes = 12;
constexpr int values = 8;
constexpr int children = 150;
constexpr std::uint64_t runs = 60;
using Genome = std::array<int, genes>;

/// A kernel's landscape in small: every gene has a best value, and it only pays when its neighbour is
/// not far from its own best one. In e-folds of speed.
double log_speed(const Genome& genome, const Genome& best) {
  double sum = 0;
  for (std::size_t i = 0; i < genome.size(); ++i) {
    const auto next = (i + 1) % genome.size();
    const double here = std::abs(genome.at(i) - best.at(i));
    const double there = std::abs(genome.at(next) - best.at(next));
    sum -= 0.02 * here * (there > 3 ? 2 : 1);
  }
  return sum;
}

Genome mutated(Genome genome, Random& random) {
  for (auto changes = 1 + draw_below(random, 2); changes > 0; --changes) {
    genome.at(draw_below(random, genome.size())) = static_cast<int>(draw_below(random, values));
  }
  return genome;
}

/// Log speed of the best of `children` programs, of which every fourth is wrong.
double best_after(ParentSelection selection, std::uint64_t seed) {
  DatabaseConfig config;
  config.parent_selection = selection;
  config.population_size = 60;
  config.num_islands = 2;
  World world;
  Population population(config, world.find());
  Random random(seed);
  Genome best{}, start{};
  for (auto& gene : best) gene = static_cast<int>(draw_below(random, values));
  for (auto& gene : start) gene = static_cast<int>(draw_below(random, values));
  std::map<ProgramId, Genome> genomes{{1, start}};
  world.add(scored(1, std::exp(log_speed(start, best))));
  population.add_seed(1);
  for (ProgramId id = 2; id < 2 + children; ++id) {
    const int island = population.next_island();
    const auto parent = population.choose_parent(island, random);
    population.count_child(parent);
    genomes[id] = mutated(genomes[parent], random);
    auto program = scored(id, std::exp(log_speed(genomes[id], best)), 20 * (1 + genomes[id][0]));
    if (draw_below(random, 4) == 0) program.result.verdict = fihost::Status::incorrect_numerical;
    const auto& child = world.add(program);
    population.count_evaluated(island);
    const auto owner = population.owner(child, island);
    population.admit(child, island, owner != 0 && ahead(child, world.programs.at(owner)));
    (void)population.migrate(island);
  }
  return std::log(world.programs.at(population.archive().front()).result.score.value());
}

struct Gain {
  double mean = 0, error = 0;
};

/// How much further than `other` the default selection comes, over many landscapes.
Gain over(ParentSelection other) {
  double sum = 0, squares = 0;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    const double gain = best_after(ParentSelection::weighted, seed) - best_after(other, seed);
    sum += gain;
    squares += gain * gain;
  }
  constexpr auto n = static_cast<double>(runs);
  const double mean = sum / n;
  return {mean, std::sqrt((squares / n - mean * mean) / (n - 1))};
}

}  // namespace

TEST_CASE("population: evolution comes further than best-of-n and random parents at equal budget") {
  for (const auto other : {ParentSelection::best_of_n, ParentSelection::random_parent}) {
    const auto gain = over(other);
    MESSAGE("gain in log speed: " << gain.mean << " +- " << gain.error);
    CHECK(gain.mean > 4 * gain.error);
  }
}
