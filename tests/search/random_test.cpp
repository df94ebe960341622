#include "core/search/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/error.hpp"

using namespace fihost::search;

TEST_CASE("random: a seed's choices are fixed for every standard library") {
  Random random(42);
  CHECK(random() == 13930160852258120406ULL);  // as the standard defines mt19937_64
  random.seed(42);
  CHECK(draw_unit(random) == doctest::Approx(0.755155533).epsilon(1e-8));
  CHECK(draw_below(random, 1000) == 11788048577503494824ULL % 1000);
}

TEST_CASE("random: a saved generator goes on where it was") {
  Random random(7);
  for (int i = 0; i < 1000; ++i) (void)random();
  auto copy = restore_random(save_random(random));
  for (int i = 0; i < 1000; ++i) REQUIRE(copy() == random());
  CHECK_THROWS_AS((void)restore_random("1 2 3"), fihost::Error);
  CHECK_THROWS_AS((void)restore_random(save_random(random) + " 1"), fihost::Error);
  CHECK_THROWS_AS((void)restore_random(""), fihost::Error);
}

TEST_CASE("random: draws follow their weights") {
  Random random(1);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::array<double, 6> weights = {1, 0, 3, -5, nan, 4};
  std::array<int, 6> count{};
  for (int i = 0; i < 80'000; ++i) ++count.at(draw_weighted(random, weights));
  CHECK(count[1] + count[3] + count[4] == 0);
  CHECK(std::abs(count[0] - 10'000) < 500);  // five standard deviations
  CHECK(std::abs(count[2] - 30'000) < 700);
  CHECK(std::abs(count[5] - 40'000) < 750);
}

TEST_CASE("random: without any weight every index is as likely") {
  Random random(1);
  const std::vector<double> none(4, 0.0);
  std::array<int, 4> count{};
  for (int i = 0; i < 40'000; ++i) ++count.at(draw_weighted(random, none));
  for (const int n : count) CHECK(std::abs(n - 10'000) < 500);
  CHECK_THROWS_AS((void)draw_weighted(random, {}), fihost::Error);
}
