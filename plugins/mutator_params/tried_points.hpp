// What was measured already, so that the next call goes on with other points.
#pragma once

#include <cstddef>
#include <list>
#include <set>
#include <string>

#include "space.hpp"

namespace params {

/// Of the spaces that were searched last. One thread at a time.
class TriedPoints {
 public:
  /// Of the space with this frame; those of other devices are other spaces. Valid until the next call.
  [[nodiscard]] std::set<Point>& of(const std::string& frame);

 private:
  static constexpr std::size_t max_spaces = 64;
  struct Entry {
    std::string frame;
    std::set<Point> points;
  };
  std::list<Entry> entries_;  // the last used first
};

}  // namespace params
