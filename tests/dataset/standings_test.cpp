#include "core/dataset/standings.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/dataset/example.hpp"

using doctest::Approx;
using fihost::Located;
using fihost::Trace;

namespace {

const std::vector<double> p = {1, 2};

std::vector<Located<Trace>> located(const std::vector<Trace>& traces) {
  std::vector<Located<Trace>> out;
  for (const auto& trace : traces) out.push_back({trace, "f", 1});
  return out;
}

std::vector<Located<fihost::Solution>> solutions() {
  std::vector<Located<fihost::Solution>> out;
  for (const auto& [name, author] :
       {std::pair{"fast", "me"}, {"base", "baseline"}, {"slow", "you"}}) {
    out.push_back({fihost::parse_solution(example_solution(name, author), "f"), "f", 1});
  }
  return out;
}

const fihost::Standing& of(const fihost::Standings& all, const std::string& solution) {
  for (const auto& s : all.solutions) {
    if (s.solution == solution) return s;
  }
  throw std::runtime_error(solution);
}

}  // namespace

TEST_CASE("speedups are over the reference and over the baseline, each by its name") {
  const auto all =
      fihost::standings(located({passed_trace("fast", "a", 1, 8), passed_trace("fast", "b", 2, 4),
                                 passed_trace("base", "a", 2, 8), passed_trace("base", "b", 2, 4)}),
                        solutions(), "baseline", p);
  const auto& fast = of(all, "fast");
  REQUIRE(fast.over_reference);
  CHECK(fast.over_reference->mean == Approx(5));
  CHECK(*fast.over_reference->geometric_mean == Approx(4));
  CHECK(fast.over_reference->win_at == std::vector<double>{1, 0.5});
  REQUIRE(fast.over_baseline);
  CHECK(fast.over_baseline->mean == Approx(1.5));
  CHECK(*fast.over_baseline->geometric_mean == Approx(std::sqrt(2)));
  CHECK(fast.over_baseline->win_rate == 0.5);
  CHECK_FALSE(of(all, "base").over_baseline);
  CHECK(all.baselines == std::vector<std::string>{"base"});
}

TEST_CASE("a workload that failed counts as nothing, and leaves no geometric mean") {
  const auto all =
      fihost::standings(located({passed_trace("slow", "a", 1, 4), failed_trace("slow", "b")}),
                        solutions(), "baseline", p);
  const auto& slow = of(all, "slow");
  CHECK(slow.passed == 1);
  CHECK(slow.attempted == 2);
  CHECK(slow.over_reference->mean == Approx(2));
  CHECK_FALSE(slow.over_reference->geometric_mean);
  CHECK(slow.over_reference->win_rate == 0.5);
}

TEST_CASE("of several traces of a workload the fastest counts, on each hardware apart") {
  auto other = passed_trace("fast", "a", 0.5, 4);
  other.evaluation->hardware = "other GPU";
  const auto all = fihost::standings(
      located({passed_trace("fast", "a", 2, 4), passed_trace("fast", "a", 1, 4), other}),
      solutions(), "baseline", p);
  CHECK(all.solutions.size() == 2);
  CHECK(of(all, "fast").over_reference->mean == Approx(4));
}

TEST_CASE("a reference that was not timed gives no speedup") {
  const auto all =
      fihost::standings(located({passed_trace("fast", "a", 1, 0)}), solutions(), "baseline", p);
  CHECK_FALSE(of(all, "fast").over_reference);
}

TEST_CASE("an author's solution that failed anywhere counts as nothing") {
  const auto all =
      fihost::standings(located({passed_trace("fast", "a", 1, 4), passed_trace("slow", "a", 1, 4),
                                 failed_trace("slow", "a")}),
                        solutions(), "baseline", p);
  REQUIRE(all.authors.size() == 2);
  CHECK(all.authors[0].author == "me");
  CHECK(all.authors[0].over_reference == Approx(4));
  CHECK(all.authors[1].over_reference == Approx(0));
}

TEST_CASE("the best trace of each workload") {
  const auto best =
      fihost::best_traces(located({passed_trace("slow", "a", 2, 4), passed_trace("fast", "a", 1, 4),
                                   failed_trace("fast", "b")}));
  REQUIRE(best.size() == 1);
  CHECK(best[0].solution == "fast");
  CHECK(best[0].speedup == Approx(4));
}
