// Thrown when a stop was asked for. It is no failure: the program ends without a message.
#pragma once

#include <exception>
#include <stop_token>

namespace fihost {

/// Unwinds everything, so that every child process and temporary file goes with its owner.
struct Cancelled : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "cancelled"; }
};

/// Throws Cancelled when `stop` was requested.
inline void check_cancelled(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Cancelled{};
}

}  // namespace fihost
