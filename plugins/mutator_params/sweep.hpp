// Which points of a space to measure, and how: successive halving.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "space.hpp"

namespace params {

/// Points to measure next, at most `count` of those that are allowed and not in `tried`: first those
/// one step of one tunable away from the current point, then those that differ in one tunable, then
/// any; each in random order. `complete` says whether nothing but these is left.
struct Choice {
  std::vector<Point> points;
  bool complete = false;
};
[[nodiscard]] Choice choose(const Space& space, const Limits& limits, const std::set<Point>& tried,
                            std::size_t count, std::mt19937_64& random);

/// What one point brought; of the last rung that it was in.
struct Trial {
  Point point;
  std::string status;                 ///< "PASSED", "COMPILE_ERROR", ...
  std::string log;                    ///< what went wrong
  std::optional<double> score;        ///< geometric mean of the speedups over `workloads`
  std::optional<double> first_score;  ///< of the first rung, in which all points were
  std::size_t workloads = 0;          ///< of its last rung
};

/// Sources in, results in their order out: the slot "measure". An empty list of workloads: those that
/// the run screens with.
using Measure = std::function<fihost::sdk::Json(const std::vector<Point>& points,
                                                const std::vector<std::string>& workloads)>;

/// The first trial is the current point's. Every rung measures it again together with the better half
/// of the last one, on twice the workloads, until one point or no workload is left.
/// `first_workloads`: of the first rung, at least 1. `all`: uuids of the run's workloads.
[[nodiscard]] std::vector<Trial> halve(const Point& current, const std::vector<Point>& points,
                                       std::size_t first_workloads,
                                       const std::vector<std::string>& all, const Measure& measure);

/// For each tunable the best over the worst of its choices' mean scores in the first rung: 1 means
/// that it does not matter.
[[nodiscard]] fihost::sdk::Json sensitivity(const Space& space, const std::vector<Trial>& trials);

}  // namespace params
