// The tunables that a source declares (fihost/tune.h), and the points that they span.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>
#include <fihost/tokens.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression.hpp"

namespace params {

/// One FIHOST_TUNE.
struct Tunable {
  std::string name;
  std::size_t begin = 0, end = 0;    ///< of the value in the source
  std::size_t until = 0;             ///< where its scope ends in the source
  std::vector<std::string> choices;  ///< as they are written
  std::vector<Number> values;        ///< of the choices
  std::size_t current = 0;           ///< choice that the source has
};

/// Index of a choice for each tunable.
using Point = std::vector<std::uint16_t>;

/// What a device can launch; 0: not known.
struct Limits {
  Number shared_bytes_per_block = 0;
  Number registers_per_multiprocessor = 0;
};
[[nodiscard]] Limits limits(const fihost::sdk::Json& device);

/// Owns a copy of the source. Not movable: its tokens point into the copy.
class Space {
 public:
  /// Throws fihost::sdk::Error (INVALID_ARGUMENT) with one line when a declaration is none.
  explicit Space(std::string source);
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  [[nodiscard]] const std::vector<Tunable>& tunables() const noexcept { return tunables_; }
  /// The point that the source is at.
  [[nodiscard]] Point current() const;
  /// Number of points, broken conditions or not; the largest number when there are more.
  [[nodiscard]] std::uint64_t size() const noexcept;
  /// The source without the values: equal for all points of one space.
  [[nodiscard]] std::string frame() const;
  /// The source at another point.
  [[nodiscard]] std::string at(const Point& point) const;
  /// False when a condition does not hold there, or the device cannot launch a block. What cannot be
  /// evaluated holds.
  [[nodiscard]] bool allows(const Point& point, const Limits& limits) const;
  /// "threads 256 -> 128, keep false -> true"
  [[nodiscard]] std::string change(const Point& from, const Point& to) const;
  /// {"threads": 128, "keep": true}; of equal names the later are "threads#2".
  [[nodiscard]] fihost::sdk::Json values(const Point& point) const;

 private:
  struct Constant {
    std::string_view name;
    std::size_t place, until;  // from where to where it can be seen
    Tokens value;
  };
  void read_tune(std::size_t open, std::size_t close, std::size_t until);
  void read_constants(std::size_t at, std::size_t until);
  void read_call(std::size_t name, std::size_t until);
  [[nodiscard]] std::optional<Number> lookup(std::string_view name, std::size_t place,
                                             const Point& point, int depth) const;
  [[nodiscard]] bool allows_block(Tokens arguments, const Lookup& names,
                                  const Limits& limits) const;
  [[nodiscard]] std::vector<Tokens> arguments(std::size_t open, std::size_t close) const;

  std::string source_;
  std::vector<fihost::sdk::Token> tokens_;
  std::vector<Tunable> tunables_;
  std::vector<Constant> constants_;
  std::vector<Tokens> conditions_, blocks_;
};

}  // namespace params
