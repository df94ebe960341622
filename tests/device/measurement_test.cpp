#include "core/device/measurement.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using fihost::Timing;
using namespace fihost::device;

namespace {

/// Feed a measurement from `sample(i)`; every sample costs `wall_ms` of wall time.
template <class Sample>
fihost::Timing measure(Measurement& measurement, double wall_ms, Sample&& sample) {
  std::uint64_t taken = 0;
  while (const std::uint32_t count = measurement.next_block()) {
    REQUIRE(taken < 100'000);
    std::vector<double> block;
    for (std::uint32_t i = 0; i < count; ++i) block.push_back(sample(taken++));
    measurement.add(block.data(), count, wall_ms * count);
  }
  return measurement.summary();
}

}  // namespace

TEST_CASE("a steady call stops at the minima") {
  TimingPolicy policy = timing_policy(false, false);
  policy.budget_ms = 10'000;
  Measurement measurement(policy);
  const auto timing = measure(measurement, 0.1, [](auto) { return 0.05; });
  CHECK(timing.latency_ms == 0.05);
  CHECK(static_cast<double>(timing.samples) * 0.1 < 1.5 * policy.min_blocks * policy.block_ms);
  CHECK(timing.low_ms == doctest::Approx(timing.high_ms));
}

TEST_CASE("a noisy call is sampled until the budget is spent") {
  TimingPolicy policy = timing_policy(false, false);
  Measurement measurement(policy);
  const auto timing = measure(
      measurement, 0.5, [](auto i) { return 1.0 + 0.5 * std::sin(static_cast<double>(i * i)); });
  CHECK(static_cast<double>(timing.samples) * 0.5 > 0.9 * policy.budget_ms);
  CHECK(static_cast<double>(timing.samples) * 0.5 < 1.2 * policy.budget_ms);
  CHECK(timing.high_ms > timing.low_ms);
}

TEST_CASE("drift between blocks keeps the interval wide although every block is tight") {
  TimingPolicy policy = timing_policy(false, false);
  Measurement measurement(policy);
  const auto timing = measure(
      measurement, 0.2, [](auto i) { return 1.0 + 0.1 * std::floor(static_cast<double>(i) / 40); });
  CHECK((timing.high_ms - timing.low_ms) / timing.latency_ms > 0.05);
}

TEST_CASE("a slow call still gets its least samples") {
  Measurement measurement(timing_policy(false, false));
  const auto timing = measure(measurement, 500.0, [](auto) { return 400.0; });
  CHECK(timing.samples == 1);
  Measurement quick(timing_policy(true, false));
  CHECK(measure(quick, 500.0, [](auto) { return 400.0; }).samples == 2);
}

TEST_CASE("few samples have a wide interval, a single one a tenth") {
  Measurement two(timing_policy(true, false));
  const auto timing = measure(two, 500.0, [](auto i) { return i == 0 ? 400.0 : 404.0; });
  CHECK((timing.high_ms - timing.low_ms) / timing.latency_ms > 0.1);
  Measurement one(timing_policy(true, false));
  const double sample = 400;
  one.add(&sample, 1, 500);
  CHECK(one.summary().low_ms == doctest::Approx(360));
  CHECK(one.summary().high_ms == doctest::Approx(440));
}

TEST_CASE("processes that disagree widen the interval, however sure each one is") {
  const auto part = [](double ms) {
    Timing timing;
    timing.latency_ms = timing.low_ms = timing.high_ms = timing.min_ms = ms;
    timing.samples = 100;
    timing.processes_ms = {ms};
    return timing;
  };
  const Timing merged = merge_processes({part(1.00), part(1.02), part(1.04)});
  CHECK(merged.latency_ms == doctest::Approx(1.02));
  CHECK(merged.samples == 300);
  CHECK(merged.processes_ms.size() == 3);
  // Student's t with two degrees: 4.303 * 0.02 / sqrt(3).
  CHECK(merged.high_ms - merged.latency_ms == doctest::Approx(0.0497).epsilon(0.01));
}

TEST_CASE("warm-up samples do not count") {
  Measurement measurement(timing_policy(false, false));
  const auto timing = measure(measurement, 0.5, [](auto i) { return i < 10 ? 9.0 : 1.0; });
  CHECK(timing.p90_ms < 2.0);
}
