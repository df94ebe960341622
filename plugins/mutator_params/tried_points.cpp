#include "tried_points.hpp"

#include <algorithm>

namespace params {

std::set<Point>& TriedPoints::of(const std::string& frame) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.frame == frame; });
  if (found != entries_.end())
    entries_.splice(entries_.begin(), entries_, found);
  else
    entries_.push_front({frame, {}});
  if (entries_.size() > max_spaces) entries_.pop_back();
  return entries_.front().points;
}

}  // namespace params
