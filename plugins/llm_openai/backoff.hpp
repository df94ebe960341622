// How long to wait before the next try.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>

namespace llm_openai {

/// Longest wait that a server can ask for, in seconds.
inline constexpr double longest_asked_s = 120;
/// Longest wait of our own choice.
inline constexpr double longest_own_s = 60;

/// Well mixed bits of a seed (splitmix64).
[[nodiscard]] std::uint64_t mixed(std::uint64_t seed) noexcept;
/// In [0, 1), the same for the same seed.
[[nodiscard]] double fraction(std::uint64_t seed) noexcept;

/// Seconds: `first_s` doubled with every failed try (1 is the first), of which a quarter is left to
/// `seed`, so that clients that failed together do not come back together. `asked_s` (0: none), what
/// the server wants, goes first.
[[nodiscard]] double backoff_s(double first_s, int failed_tries, double asked_s,
                               std::uint64_t seed) noexcept;

/// Throws Error CANCELLED within 100 ms of a stop.
void wait_s(double seconds, const fihost::sdk::Context& context);

}  // namespace llm_openai
