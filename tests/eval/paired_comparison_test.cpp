#include "core/eval/paired_comparison.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "core/base/error.hpp"
#include "core/eval/ranking.hpp"

namespace {

using fihost::compare_pairs;
using fihost::PairedLatencies;

/// How a machine disturbs a match. All relative.
struct Noise {
  double sample = 0.005;   ///< of every latency
  double process = 0.005;  ///< common to all workloads of a process
  double drift = 0.05;     ///< from the first latency to the last
};

/// A match as a judge plays it: all workloads in a round, who begins alternating.
PairedLatencies simulate(std::mt19937_64& random, double gain, std::size_t workloads,
                         std::size_t rounds, const Noise& noise) {
  std::normal_distribution<double> normal;
  PairedLatencies out;
  out.challenger.assign(workloads, std::vector<double>(rounds));
  out.champion = out.challenger;
  const auto total = static_cast<double>(2 * workloads * rounds);
  double step = 0;
  for (std::size_t r = 0; r < rounds; ++r) {
    const double process[2] = {noise.process * normal(random), noise.process * normal(random)};
    for (std::size_t w = 0; w < workloads; ++w) {
      for (std::size_t turn = 0; turn < 2; ++turn, ++step) {
        const std::size_t who = (turn + r + w) % 2;
        const double speed = who == 0 ? 1 + gain : 1;
        const double error =
            process[who] + noise.sample * normal(random) + noise.drift * step / total;
        (who == 0 ? out.challenger : out.champion)[w][r] =
            static_cast<double>(1 + w) / speed * std::exp(error);
      }
    }
  }
  return out;
}

double share_won(double gain, std::size_t workloads, std::size_t rounds, double floor,
                 const Noise& noise = {}) {
  std::mt19937_64 random(7);
  constexpr int matches = 4000;
  int won = 0;
  for (int i = 0; i < matches; ++i) {
    won += compare_pairs(simulate(random, gain, workloads, rounds, noise), floor).won ? 1 : 0;
  }
  return static_cast<double>(won) / matches;
}

}  // namespace

TEST_CASE("a candidate against itself wins in no more than one match of forty, drift or not") {
  constexpr double allowed = 0.025 + 0.0075;  // three standard deviations of 4000 matches
  for (const std::size_t workloads : {1u, 4u, 19u}) {
    for (const std::size_t rounds : {2u, 3u, 5u}) {
      CAPTURE(workloads);
      CAPTURE(rounds);
      CHECK(share_won(0, workloads, rounds, 0) <= allowed);
      CHECK(share_won(0, workloads, rounds, 0, {.sample = 0.02, .process = 0, .drift = 0.3}) <=
            allowed);
    }
  }
  CHECK(share_won(0, 4, 5, fihost::tie_floor) < 0.015);
}

TEST_CASE("a gain of three per cent under half a per cent of noise wins") {
  const double floor = fihost::match_floor(false, 5);
  CHECK(share_won(0.03, 4, 5, floor) > 0.99);
  CHECK(share_won(0.03, 1, 5, floor) > 0.95);
  CHECK(share_won(0.003, 4, 5, floor) < 0.01);
  CHECK(share_won(-0.03, 4, 5, floor) == 0);
}

TEST_CASE(
    "the ratio is the geometric mean over the workloads of the champion over the challenger") {
  const auto result = compare_pairs(
      {.challenger = {{1, 1, 1}, {4, 4, 4}}, .champion = {{2, 2, 2}, {32, 32, 32}}}, 0.005);
  CHECK(result.ratio == doctest::Approx(4));
  CHECK(result.interval.low == doctest::Approx(4));
  CHECK(result.interval.high == doctest::Approx(4));
  CHECK(result.won);
}

TEST_CASE("rounds that agree by chance do not hide what their workloads disagree by") {
  const auto result = compare_pairs({.challenger = {{1.0, 1.0, 1.0}, {1.0, 1.0, 1.0}},
                                     .champion = {{1.2, 1.0, 1.1}, {1.0, 1.2, 1.2 / 1.1}}},
                                    0);
  CHECK(result.ratio > 1.09);
  CHECK(result.interval.low < 1);
  CHECK_FALSE(result.won);
}

TEST_CASE("a gain within the tie floor is no win however sure it is") {
  const PairedLatencies sure{.challenger = {{1, 1, 1}}, .champion = {{1.004, 1.004, 1.004}}};
  CHECK_FALSE(compare_pairs(sure, fihost::match_floor(false, 3)).won);
  CHECK(compare_pairs(sure, 0).won);
  CHECK(fihost::match_floor(false, 3) == fihost::tie_floor);
  CHECK(fihost::match_floor(false, 2) == fihost::quick_tie_floor);
  CHECK(fihost::match_floor(true, 9) == fihost::quick_tie_floor);
}

TEST_CASE("what is no match of two rounds at least is an error") {
  const auto refused = [](const PairedLatencies& latencies) {
    CHECK_THROWS_AS(static_cast<void>(compare_pairs(latencies, 0)), fihost::Error);
  };
  refused({.challenger = {{1}}, .champion = {{1}}});
  refused({.challenger = {}, .champion = {}});
  refused({.challenger = {{1, 1}}, .champion = {{1, 1, 1}}});
  refused({.challenger = {{1, 0}}, .champion = {{1, 1}}});
}
