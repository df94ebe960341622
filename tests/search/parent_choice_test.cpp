#include "core/search/parent_choice.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using fihost::search::parent_weights;

namespace {

std::vector<double> weights(std::vector<double> scores, std::vector<std::size_t> children) {
  return parent_weights(scores, children);
}

}  // namespace

TEST_CASE("parents: the better one weighs more, and each child halves, thirds, ... the weight") {
  const auto plain = weights({1, 2, 4, 8, 16}, {0, 0, 0, 0, 0});
  CHECK(plain[2] == doctest::Approx(0.5));
  CHECK(plain[0] < 1e-6);
  CHECK(plain[4] > 0.999);
  const auto families = weights({1, 2, 4, 8, 16}, {0, 0, 1, 0, 3});
  CHECK(families[2] == doctest::Approx(0.25));
  CHECK(families[4] == doctest::Approx(plain[4] / 4));
}

TEST_CASE("parents: the score's unit does not matter") {
  const auto a = weights({1, 2, 3, 5, 8}, {0, 1, 2, 0, 1});
  const auto b = weights({1e-6, 2e-6, 3e-6, 5e-6, 8e-6}, {0, 1, 2, 0, 1});
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]));
}

TEST_CASE("parents: equal scores give equal weights, and noise is no merit") {
  for (const double weight : weights({3, 3, 3}, {0, 0, 0})) CHECK(weight == doctest::Approx(0.5));
  CHECK(weights({3}, {0})[0] == doctest::Approx(0.5));
  // A tenth of the tie floor apart, most of them equal: the deviation is 0.
  const auto close = weights({1, 1, 1, 1.0005}, {0, 0, 0, 0});
  CHECK(close[3] / close[0] < 3);
}

TEST_CASE("parents: scores that are not positive still have an order") {
  const auto some = weights({-4, -2, 0, 1, 2}, {0, 0, 0, 0, 0});
  for (std::size_t i = 0; i < some.size(); ++i) CHECK(std::isfinite(some[i]));
  for (std::size_t i = 1; i < some.size(); ++i) CHECK(some[i] > some[i - 1]);
}
