// RMSNorm on the CPU with constants to be tuned; their values are a modest start.
//
//   lanes            running sums of the first pass: more break the chain of additions, up to what
//                    the vector registers hold
//   unroll           groups of `lanes` between two tests of the loop
//   rows_per_thread  below it a thread costs more than it saves
//
// 14 KB read and 14 KB written a row; the second pass finds the row in the cache.
#include <fihost/tune.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fihost/candidate.hpp>
#include <system_error>
#include <thread>
#include <vector>

// EVOLVE-BLOCK-START
namespace {

constexpr int columns = 7168;

// [begin tunables]
FIHOST_TUNE(int, lanes, 4, 1, 2, 4, 8, 16, 32, 64, 128);
FIHOST_TUNE(int, unroll, 1, 1, 2, 4, 8);
FIHOST_TUNE(int, rows_per_thread, 2048, 8, 32, 128, 512, 2048);
FIHOST_TUNE_REQUIRE(columns % (lanes * unroll) == 0);
// [end tunables]

float widen(std::uint16_t bits) {
  const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

std::uint16_t narrow(float value) {
  std::uint32_t word;
  std::memcpy(&word, &value, sizeof word);
  return static_cast<std::uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
}

float sum_of_squares(const std::uint16_t* x) {
  float sum[lanes] = {};
  for (int i = 0; i < columns; i += lanes * unroll)
    for (int group = 0; group < unroll; ++group)
      for (int lane = 0; lane < lanes; ++lane) {
        const float value = widen(x[i + group * lanes + lane]);
        sum[lane] += value * value;
      }
  float total = 0;
  for (const float part : sum) total += part;
  return total;
}

void scale_row(const std::uint16_t* __restrict__ x, const std::uint16_t* __restrict__ weight,
               float factor, std::uint16_t* __restrict__ y) {
  for (int i = 0; i < columns; ++i) y[i] = narrow(widen(x[i]) * factor * widen(weight[i]));
}

void normalise(const fihost_call& call, std::int64_t begin, std::int64_t end) {
  const auto* weight = fihost::sdk::data<const std::uint16_t>(call.inputs[1]);
  for (std::int64_t row = begin; row < end; ++row) {
    const auto* x = fihost::sdk::data<const std::uint16_t>(call.inputs[0]) + row * columns;
    auto* const y = fihost::sdk::data<std::uint16_t>(call.outputs[0]) + row * columns;
    scale_row(x, weight, 1 / std::sqrt(sum_of_squares(x) / columns + 1e-6f), y);
  }
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept try {
  const std::int64_t rows = call->inputs[0].shape[0];
  // Asking for the number of cores costs more than a small batch.
  const std::int64_t wanted = rows / rows_per_thread;
  const std::int64_t parts =
      wanted < 2 ? 1 : std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, wanted);
  std::vector<std::jthread> threads;
  for (std::int64_t i = 1; i < parts; ++i)
    threads.emplace_back([=] { normalise(*call, rows * i / parts, rows * (i + 1) / parts); });
  normalise(*call, 0, rows / parts);
  return FIHOST_OK;
} catch (const std::system_error&) {
  return fihost::sdk::fail(error, FIHOST_INTERNAL, "no thread could be started");
}

}  // namespace
// EVOLVE-BLOCK-END

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    "rmsnorm-tunable",
    "rmsnorm_h7168",
    nullptr,
    FIHOST_ROLE_CANDIDATE,
    FIHOST_CPU,
    nullptr,
    nullptr,
    run,
    nullptr};
