#include "backoff.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace llm_openai {

std::uint64_t mixed(std::uint64_t seed) noexcept {
  seed += 0x9e3779b97f4a7c15;
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
  seed = (seed ^ (seed >> 27)) * 0x94d049bb133111eb;
  return seed ^ (seed >> 31);
}

double fraction(std::uint64_t seed) noexcept {
  return static_cast<double>(mixed(seed) >> 11) * 0x1p-53;
}

double backoff_s(double first_s, int failed_tries, double asked_s, std::uint64_t seed) noexcept {
  const double random = fraction(seed + static_cast<std::uint64_t>(failed_tries));
  if (asked_s > 0) return std::min(asked_s, longest_asked_s) + random * std::min(1.0, first_s / 4);
  const double own = std::min(longest_own_s, first_s * std::exp2(failed_tries - 1));
  return own * (0.75 + 0.25 * random);
}

void wait_s(double seconds, const fihost::sdk::Context& context) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  context.check_cancelled();
  while (Clock::now() < end) {
    const std::chrono::duration<double> left = end - Clock::now();
    std::this_thread::sleep_for(std::min(left, std::chrono::duration<double>(0.05)));
    context.check_cancelled();
  }
}

}  // namespace llm_openai
