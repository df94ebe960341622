#include "core/search/behaviour.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "core/base/error.hpp"
#include "tests/search/world.hpp"

using namespace fihost::search;
using fihost::search::test::passed;

namespace {

std::string cell(const Program& program, std::vector<std::string> dimensions,
                 const Regimes& regimes = {}) {
  DatabaseConfig config;
  config.feature_dimensions = std::move(dimensions);
  return cell_of(program, config, regimes);
}

}  // namespace

TEST_CASE("behaviour: an edge belongs to the range below it") {
  const auto at = [](int registers) { return cell(passed(1, {1}, registers), {"registers"}); };
  CHECK(at(16) == "registers=0-32");
  CHECK(at(32) == "registers=0-32");
  CHECK(at(33) == "registers=33-48");
  CHECK(at(168) == "registers=129-168");
  CHECK(at(255) == "registers=169+");
}

TEST_CASE("behaviour: the worst kernel decides, and kernels are counted once") {
  auto program = passed(1, {1}, 40);
  auto other = program.kernels[0];
  other.kernel = "l";
  other.registers = 200;
  other.shared_bytes = 5000;
  other.spill_load_bytes = 60;
  other.spill_store_bytes = 40;
  program.kernels.push_back(other);
  for (auto kernel : std::vector(program.kernels)) {
    kernel.arch = "sm_100a";
    program.kernels.push_back(kernel);
  }
  CHECK(cell(program, {"registers", "shared_bytes", "launches", "spills"}) ==
        "registers=169+ shared_bytes=4097-16384 launches=2 spills=65-256");
}

TEST_CASE("behaviour: the configuration's edges replace the usual ones") {
  DatabaseConfig config;
  config.feature_dimensions = {"registers", "code_bytes"};
  config.feature_edges["registers"] = {100};
  config.feature_edges["code_bytes"] = {};
  CHECK(cell_of(passed(1, {1}, 99), config, {}) == "registers=0-100 code_bytes=0+");
  CHECK(cell_of(passed(1, {1}, 101), config, {}) == "registers=101+ code_bytes=0+");
}

TEST_CASE("behaviour: what is not known is left out, and the CPU has a grid of code sizes") {
  auto program = passed(1, {1});
  program.kernels.clear();
  CHECK(cell(program, {"registers", "shared_bytes", "launches"}) == "code_bytes=0-1024");
  program.source.assign(5000, 'x');
  CHECK(cell(program, {"code_bytes", "registers"}) == "code_bytes=4097-8192");
}

TEST_CASE("behaviour: a regime is where a program gained most over the seed") {
  const auto seed = passed(1, {1, 2, 3, 4, 5, 6});
  const auto regimes = regimes_of(seed);
  CHECK(regimes.third == std::vector<int>{0, 0, 1, 1, 2, 2});
  CHECK(regime_of(seed, regimes) == "even");
  CHECK(regime_of(passed(2, {.5, 1, 3, 4, 5, 6}), regimes) == "small");
  CHECK(regime_of(passed(2, {1, 2, 1, 2, 5, 6}), regimes) == "middle");
  CHECK(regime_of(passed(2, {.9, 1.8, 2.7, 3.6, 4, 4}), regimes) == "large");
  // Twice as fast everywhere, up to the noise.
  CHECK(regime_of(passed(2, {.5, 1.01, 1.49, 2, 2.5, 3}), regimes) == "even");
}

TEST_CASE("behaviour: workloads are small or large by the baseline, in whatever order they stand") {
  auto seed = passed(1, {1, 1, 1});
  seed.result.workloads[0].baseline->latency_ms = 9;
  CHECK(regimes_of(seed).third == std::vector<int>{2, 0, 1});
  seed.result.workloads[1].baseline.reset();
  seed.result.workloads[2].trial.timing->latency_ms = 0.5;
  CHECK(regimes_of(seed).third == std::vector<int>{1, 2, 0});
}

TEST_CASE("behaviour: without enough times there is no regime") {
  CHECK(regimes_of(passed(1, {1})).third.empty());
  CHECK(regimes_of(passed(1, {1, 2})).third == std::vector<int>{0, 2});
  const auto regimes = regimes_of(passed(1, {1, 2, 3}));
  auto program = passed(2, {1, 2, 3});
  program.result.workloads[1].trial.timing.reset();
  CHECK_FALSE(regime_of(program, regimes));
  program = passed(2, {1, std::numeric_limits<double>::quiet_NaN(), 3});
  CHECK_FALSE(regime_of(program, regimes));
  CHECK_FALSE(regime_of(passed(2, {1, 2}), regimes));
  CHECK(cell(program, {"registers", "regime"}, regimes) == "registers=0-32");
}

TEST_CASE("behaviour: an unknown dimension is refused with the known ones") {
  CHECK_THROWS_WITH_AS((void)cell(passed(1, {1}), {"length"}),
                       "feature_dimensions: unknown dimension \"length\"; there are registers, "
                       "shared_bytes, launches, spills, code_bytes, regime",
                       fihost::Error);
  for (const auto name : known_dimensions()) {
    CHECK_NOTHROW((void)cell(passed(1, {1}), {std::string(name)}));
  }
}
