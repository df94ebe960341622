// fihost/tune.h - constants of a candidate that a program may change. C++17 or later, and CUDA.
//
//   FIHOST_TUNE(int, threads, 128, 64, 128, 256, 512);    // constexpr int threads = 128;
//   FIHOST_TUNE(int, per_thread, 4, 1, 2, 4, 8);
//   FIHOST_TUNE_REQUIRE(columns % (threads * per_thread) == 0);
//   FIHOST_TUNE_BLOCK(threads, threads * per_thread * 4);
//
// The file compiles as it stands. `mutator.params` finds the declarations in its text, writes other
// choices in the place of the values, and measures what is left once every condition holds.
//
// It reads declarations at namespace scope or in a class, never in a macro. Values and choices are
// integer literals, true or false. A condition is evaluated ahead of the compiler as far as it is
// made of tunables, integer literals, other constants that are declared `constexpr TYPE NAME = ...;`,
// + - * / % << >>, comparisons, && || ! and parentheses. Any other condition is left to the compiler,
// which refuses the points that break it.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace fihost::sdk {

/// Whether `value` is one of `choices`.
template <class T>
[[nodiscard]] constexpr bool is_choice(T value, std::initializer_list<T> choices) noexcept {
  for (const T choice : choices)
    if (choice == value) return true;
  return false;
}

/// Whether some GPU can launch a block of `threads` with `shared_bytes` of shared memory, static and
/// dynamic, whose threads need `registers` at least.
[[nodiscard]] constexpr bool is_block(std::int64_t threads, std::int64_t shared_bytes,
                                      std::int64_t registers = 0) noexcept {
  return threads >= 1 && threads <= 1024 && shared_bytes >= 0 && registers >= 0 && registers <= 255;
}

}  // namespace fihost::sdk

/// constexpr `type` `name` = `value`; the rest are the values it may have, `value` among them, in an
/// order in which neighbours behave alike.
#define FIHOST_TUNE(type, name, value, ...)                           \
  [[maybe_unused]] constexpr type name = value;                       \
  static_assert(::fihost::sdk::is_choice<type>(value, {__VA_ARGS__}), \
                "FIHOST_TUNE: the value of " #name " is not one of its choices")

/// What must hold for the constants together.
#define FIHOST_TUNE_REQUIRE(...) static_assert((__VA_ARGS__), "FIHOST_TUNE_REQUIRE: " #__VA_ARGS__)

/// A launch: threads of a block, bytes of shared memory of a block, and, if given, registers that a
/// thread needs at least. Points that the device at hand cannot launch are never built.
#define FIHOST_TUNE_BLOCK(...)                        \
  static_assert(::fihost::sdk::is_block(__VA_ARGS__), \
                "FIHOST_TUNE_BLOCK: no GPU launches such a block: " #__VA_ARGS__)
