#include "core/search/mutator_mix.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "core/base/error.hpp"

using namespace fihost::search;

namespace {

std::vector<MutatorConfig> mutators(const std::map<std::string, double>& weights) {
  std::vector<MutatorConfig> all;
  for (const auto& [id, weight] : weights) {
    all.emplace_back();
    all.back().id = id;
    all.back().weight = weight;
  }
  return all;
}

/// A mutator as the run sees it: how often it improves, by how much, how long an attempt takes.
struct Nature {
  double chance = 0, gain = 0, seconds = 1;
};

/// Which mutators `attempts` attempts went to.
std::map<std::string, int> live(MutatorMix& mix, const std::map<std::string, Nature>& natures,
                                int attempts, Random& random) {
  std::map<std::string, int> count;
  for (int i = 0; i < attempts; ++i) {
    const auto id = mix.choose(random);
    const auto& nature = natures.at(id);
    mix.record(id, draw_unit(random) < nature.chance ? nature.gain : 0, nature.seconds);
    ++count[id];
  }
  return count;
}

double probability(const MutatorMix& mix, const std::string& id) {
  for (const auto& share : mix.shares()) {
    if (share.id == id) return share.probability;
  }
  return -1;
}

double total(const MutatorMix& mix) {
  double sum = 0;
  for (const auto& share : mix.shares()) sum += share.probability;
  return sum;
}

}  // namespace

TEST_CASE("mutators: at first they are drawn by their configured weights") {
  MutatorMix mix(mutators({{"a", 1}, {"b", 3}, {"c", 0}}));
  CHECK(probability(mix, "a") == doctest::Approx(0.25));
  CHECK(probability(mix, "b") == doctest::Approx(0.75));
  Random random(1);
  const auto count = live(mix, {{"a", {}}, {"b", {}}}, 4000, random);
  CHECK(std::abs(count.at("a") - 1000) < 150);  // nobody gains, nobody is preferred
  CHECK_FALSE(count.contains("c"));
}

TEST_CASE("mutators: what gains is drawn more, what does not keeps a twentieth of its share") {
  Random random(2);
  MutatorMix mix(mutators({{"good", 1}, {"useless", 1}, {"idle", 1}}));
  const auto count = live(
      mix, {{"good", {.1, .05, 30}}, {"useless", {0, 0, 30}}, {"idle", {0, 0, 30}}}, 2000, random);
  CHECK(count.at("good") > 1200);
  CHECK(count.at("useless") > 30);
  CHECK(probability(mix, "useless") >= 0.05 / 3);
  CHECK(probability(mix, "good") <= 0.8 + 1e-12);
  CHECK(total(mix) == doctest::Approx(1));
}

TEST_CASE("mutators: nobody takes everything, and nobody falls below a twentieth of its share") {
  const auto learn = [](MutatorMix& mix) {
    for (int i = 0; i < 500; ++i) {
      mix.record("good", 0.1, 1);
      mix.record("useless", 0, 1000);
    }
  };
  MutatorMix two(mutators({{"good", 1}, {"useless", 1}}));
  learn(two);
  CHECK(probability(two, "good") == doctest::Approx(0.8));
  CHECK(total(two) == doctest::Approx(1));
  MutatorMix three(mutators({{"good", 1}, {"untried", 1}, {"useless", 0.1}}));
  learn(three);
  const double share = 0.1 / 2.1;
  CHECK(probability(three, "useless") >= 0.05 * share);
  CHECK(probability(three, "useless") < 0.1 * share);
  CHECK(probability(three, "untried") > 0.3);  // as good as the best one until it was tried
}

TEST_CASE("mutators: gain counts by the second") {
  Random random(3);
  MutatorMix mix(mutators({{"quick", 1}, {"slow", 1}}));
  const auto count = live(mix, {{"quick", {.1, .01, 5}}, {"slow", {.1, .02, 100}}}, 2000, random);
  CHECK(count.at("quick") > 2 * count.at("slow"));
}

TEST_CASE("mutators: when one dries up another takes over") {
  Random random(4);
  MutatorMix mix(mutators({{"first", 1}, {"second", 1}}));
  auto count = live(mix, {{"first", {.2, .05, 10}}, {"second", {0, 0, 10}}}, 1000, random);
  CHECK(count.at("first") > count.at("second"));
  (void)live(mix, {{"first", {0, 0, 10}}, {"second", {.2, .05, 10}}}, 200, random);
  count = live(mix, {{"first", {0, 0, 10}}, {"second", {.2, .05, 10}}}, 1000, random);
  CHECK(count.at("second") > count.at("first"));
}

TEST_CASE(
    "mutators: an exhausted one sleeps longer and longer, and one proposal wakes it for good") {
  Random random(5);
  MutatorMix mix(mutators({{"dry", 9}, {"alive", 1}}));
  int dry = 0;
  for (int i = 0; i < 1000; ++i) {
    if (mix.choose(random) == "dry") {
      mix.record_no_proposal("dry", 0.1);
      ++dry;
    } else {
      mix.record("alive", 0, 10);
    }
  }
  CHECK(dry < 20);
  CHECK(dry > 5);
  mix.record("dry", 0, 1);
  CHECK(probability(mix, "dry") > 0.5);
  mix.record_no_proposal("dry", 1);
  CHECK(probability(mix, "dry") > 0.5);  // once is no streak
}

TEST_CASE("mutators: when all sleep, the one that wakes first is asked") {
  Random random(6);
  MutatorMix mix(mutators({{"a", 1}, {"b", 1}}));
  for (int i = 0; i < 3; ++i) mix.record_no_proposal("a", 1);
  for (int i = 0; i < 5; ++i) mix.record_no_proposal("b", 1);
  CHECK(total(mix) == 0);
  CHECK(mix.choose(random) == "a");
  MutatorMix one(mutators({{"a", 1}}));
  for (int i = 0; i < 100; ++i) {
    REQUIRE(one.choose(random) == "a");
    one.record_no_proposal("a", 1);
  }
}

TEST_CASE("mutators: a resumed run draws as the one before would have") {
  Random random(7);
  const std::map<std::string, Nature> natures = {
      {"a", {.1, .05, 3}}, {"b", {.3, .01, 7}}, {"c", {0, 0, 1}}};
  MutatorMix mix(mutators({{"a", 1}, {"b", 2}, {"c", 1}}));
  (void)live(mix, natures, 300, random);
  for (int i = 0; i < 4; ++i) mix.record_no_proposal("c", 1);
  MutatorMix next(mutators({{"a", 1}, {"b", 2}, {"c", 1}}));
  next.restore(fihost::parse_json(fihost::dump(mix.state()), "state"));
  CHECK(next.state() == mix.state());
  Random other = random;
  for (int i = 0; i < 300; ++i) REQUIRE(mix.choose(random) == next.choose(other));
}

TEST_CASE("mutators: those of another configuration start afresh") {
  Random random(8);
  MutatorMix mix(mutators({{"a", 1}, {"b", 1}}));
  (void)live(mix, {{"a", {1, 1, 1}}, {"b", {0, 0, 1}}}, 100, random);
  MutatorMix next(mutators({{"new", 1}, {"b", 1}}));
  next.restore(mix.state());
  CHECK(next.shares()[0].attempts + next.shares()[1].attempts > 0);
  next.record("a", 1, 1);  // unknown now
  CHECK(total(next) == doctest::Approx(1));
  CHECK_THROWS_AS(next.restore(fihost::Json::object()), fihost::Error);
}

TEST_CASE("mutators: nobody to choose is refused") {
  CHECK_THROWS_AS(MutatorMix(mutators({})), fihost::Error);
  CHECK_THROWS_AS(MutatorMix(mutators({{"a", 0}, {"b", -1}})), fihost::Error);
  auto twice = mutators({{"a", 1}});
  twice.push_back(twice[0]);
  CHECK_THROWS_AS(MutatorMix{twice}, fihost::Error);
}

TEST_CASE("mutators: clocks that stand still or run backwards do no harm") {
  Random random(9);
  MutatorMix mix(mutators({{"a", 1}, {"b", 1}}));
  mix.record("a", 0.1, 0);
  mix.record("a", -0.1, -5);
  mix.record("b", std::nan(""), std::nan(""));
  CHECK(total(mix) == doctest::Approx(1));
  CHECK(probability(mix, "a") > 0);
  (void)mix.choose(random);
}
