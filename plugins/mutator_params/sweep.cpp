#include "sweep.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace params {
namespace {

using fihost::sdk::Error;
using fihost::sdk::Json;

// Spaces up to this size are gone through; of larger ones points are drawn.
constexpr std::uint64_t enumerable = 1u << 16;
constexpr std::size_t draws = 1u << 14;

// 0: one step of one tunable away, 1: in one tunable, 2: in several.
int distance(const Point& a, const Point& b) {
  int differing = 0, steps = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    differing += a[i] != b[i] ? 1 : 0;
    steps += std::abs(a[i] - b[i]);
  }
  return differing > 1 ? 2 : steps > 1 ? 1 : 0;
}

std::set<Point> enumerate(const Space& space) {
  std::set<Point> all;
  Point point(space.tunables().size(), 0);
  for (std::size_t i = 0; i < point.size();) {
    all.insert(point);
    for (i = 0; i < point.size(); ++i) {
      if (++point[i] < space.tunables()[i].choices.size()) break;
      point[i] = 0;
    }
  }
  return all;
}

std::set<Point> sample(const Space& space, std::mt19937_64& random) {
  std::set<Point> some;
  const Point current = space.current();
  for (std::size_t i = 0; i < current.size(); ++i)
    for (std::size_t choice = 0; choice < space.tunables()[i].choices.size(); ++choice) {
      Point point = current;
      point[i] = static_cast<std::uint16_t>(choice);
      some.insert(point);
    }
  for (std::size_t draw = 0; draw < draws; ++draw) {
    Point point;
    for (const Tunable& tunable : space.tunables())
      point.push_back(static_cast<std::uint16_t>(random() % tunable.choices.size()));
    some.insert(point);
  }
  return some;
}

// The extremes first: what is good at both ends is rarely bad between.
std::vector<std::string> ordered(const Json& screening, const std::vector<std::string>& all) {
  std::vector<std::string> uuids;
  for (const Json& workload : screening) uuids.push_back(workload.at("uuid").get<std::string>());
  if (uuids.size() > 2) std::rotate(uuids.begin() + 1, uuids.end() - 1, uuids.end());
  for (const std::string& uuid : all)
    if (std::find(uuids.begin(), uuids.end(), uuid) == uuids.end()) uuids.push_back(uuid);
  return uuids;
}

void take(Trial& trial, const Json& result, std::size_t workloads, bool first) {
  trial.status = result.at("status").get<std::string>();
  trial.log = result.value("log", std::string());
  trial.workloads = workloads;
  trial.score.reset();
  if (trial.status == "PASSED" && result.contains("score") && result.at("score").is_number())
    trial.score = result.at("score").get<double>();
  if (first) trial.first_score = trial.score;
}

void measure_rung(std::vector<Trial>& trials, const std::vector<std::size_t>& rung,
                  const std::vector<std::string>& workloads, bool first, const Measure& measure) {
  std::vector<Point> points;
  for (const std::size_t i : rung) points.push_back(trials[i].point);
  const Json results = measure(points, workloads).at("results");
  if (results.size() != rung.size())
    throw Error(FIHOST_INTERNAL, "the slot 'measure' gave " + std::to_string(results.size()) +
                                     " results for " + std::to_string(rung.size()) + " sources");
  for (std::size_t i = 0; i < rung.size(); ++i)
    take(trials[rung[i]], results[i], workloads.size(), first);
}

}  // namespace

Choice choose(const Space& space, const Limits& limits, const std::set<Point>& tried,
              std::size_t count, std::mt19937_64& random) {
  const bool all = space.size() <= enumerable;
  std::vector<Point> points;
  for (const Point& point : all ? enumerate(space) : sample(space, random))
    if (!tried.contains(point) && space.allows(point, limits)) points.push_back(point);
  std::shuffle(points.begin(), points.end(), random);
  std::stable_sort(points.begin(), points.end(),
                   [current = space.current()](const Point& a, const Point& b) {
                     return distance(a, current) < distance(b, current);
                   });
  const bool complete = all && points.size() <= count;
  if (points.size() > count) points.resize(count);
  return {std::move(points), complete};
}

std::vector<Trial> halve(const Point& current, const std::vector<Point>& points,
                         std::size_t first_workloads, const std::vector<std::string>& all,
                         const Measure& measure) {
  std::vector<Trial> trials(points.size() + 1);
  trials[0].point = current;
  for (std::size_t i = 0; i < points.size(); ++i) trials[i + 1].point = points[i];
  // The current point alone tells which workloads the run screens with.
  const Json first = measure({current}, {}).at("results").at(0);
  take(trials[0], first, 0, true);
  if (!trials[0].score) return trials;
  const std::vector<std::string> workloads = ordered(first.value("workloads", Json::array()), all);

  std::vector<std::size_t> rung;
  for (std::size_t i = 0; i < trials.size(); ++i) rung.push_back(i);
  std::size_t count = std::min(first_workloads, workloads.size());
  for (bool is_first = true; rung.size() > 1; is_first = false) {
    measure_rung(trials, rung,
                 {workloads.begin(), workloads.begin() + static_cast<std::ptrdiff_t>(count)},
                 is_first, measure);
    if (!trials[0].score) break;
    if (count == workloads.size()) break;
    // The current point stays at the front: everything is compared with it on equal workloads.
    std::stable_sort(rung.begin() + 1, rung.end(), [&](std::size_t a, std::size_t b) {
      return trials[a].score.value_or(0) > trials[b].score.value_or(0);
    });
    std::size_t alive = 1;
    while (alive < rung.size() && trials[rung[alive]].score) ++alive;
    rung.resize(std::min(alive, 1 + std::max<std::size_t>(1, (rung.size() - 1) / 2)));
    count = std::min(count * 2, workloads.size());
  }
  return trials;
}

Json sensitivity(const Space& space, const std::vector<Trial>& trials) {
  Json result = Json::object();
  Json names = space.values(space.current());
  std::size_t i = 0;
  for (const auto& [name, value] : names.items()) {
    std::map<std::uint16_t, std::pair<double, int>> logs;  // choice -> sum and count
    for (const Trial& trial : trials)
      if (trial.first_score && *trial.first_score > 0) {
        auto& [sum, count] = logs[trial.point[i]];
        sum += std::log(*trial.first_score);
        ++count;
      }
    double lowest = INFINITY, highest = -INFINITY;
    for (const auto& [choice, mean] : logs) {
      lowest = std::min(lowest, mean.first / mean.second);
      highest = std::max(highest, mean.first / mean.second);
    }
    if (logs.size() > 1) result[name] = std::exp(highest - lowest);
    ++i;
  }
  return result;
}

}  // namespace params
