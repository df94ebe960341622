#include "core/search/budget.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "core/base/error.hpp"

using namespace fihost::search;

TEST_CASE("budget: the limit that is reached is named") {
  BudgetConfig limits;
  limits.llm_tokens = 1000;
  limits.gpu_seconds = 10;
  Budget budget(limits);
  CHECK_FALSE(budget.exhausted());
  budget.add({999, 1e9, 9.9, 1e9});
  CHECK_FALSE(budget.exhausted());
  budget.add({0, 0, 0.2, 0});
  CHECK(budget.exhausted() == "gpu_seconds: 10.1 of 10");
  budget.add({1, 0, 0, 0});
  CHECK(budget.exhausted() == "llm_tokens: 1000 of 1000");
}

TEST_CASE("budget: without limits a run goes on, and the cost is told all the same") {
  Budget budget({});
  budget.add({5, 6, 7, 8});
  CHECK_FALSE(budget.exhausted());
  CHECK_FALSE(budget.children_left(10));
  CHECK(budget.spent().usd == 6);
}

TEST_CASE("budget: what is left is told in children, by the scarcest limit") {
  BudgetConfig limits;
  limits.usd = 10;
  limits.wall_seconds = 100;
  Budget budget(limits);
  CHECK_FALSE(budget.children_left(0));
  budget.add({0, 2, 0, 50});
  CHECK(budget.children_left(4).value() == doctest::Approx(4));
  budget.add({0, 7, 0, 0});
  CHECK(budget.children_left(9).value() == doctest::Approx(1));
  budget.add({0, 7, 0, 0});
  CHECK(budget.children_left(9).value() == 0);
}

TEST_CASE("budget: costs add up over the processes of a run, and nonsense costs nothing") {
  BudgetConfig limits;
  limits.usd = 10;
  Budget budget(limits);
  budget.add({0, 6, 0, 0});
  budget.add(
      {-5, std::numeric_limits<double>::quiet_NaN(), -1, std::numeric_limits<double>::infinity()});
  Budget next(limits);
  next.restore(fihost::parse_json(fihost::dump(budget.state()), "state"));
  CHECK(next.spent().usd == 6);
  CHECK(next.spent().llm_tokens == 0);
  CHECK(next.spent().wall_seconds == 0);
  next.add({0, 4, 0, 0});
  CHECK(next.exhausted() == "usd: 10 of 10");
  CHECK_THROWS_AS(next.restore({{"usd", 1}}), fihost::Error);
}
