#include "split.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

namespace dispatch {
namespace {

using fihost::sdk::Json;

// What a third interval has to bring, and what any split has to bring to be one.
constexpr double worthwhile = 1.01;

struct Pair {
  std::array<double, 2> log_latency;
  Json axes;
};

std::optional<double> latency(const Json& workload) {
  if (workload.at("status") != "PASSED") return std::nullopt;
  const Json value = workload.value("latency_ms", Json());
  if (!value.is_number() || value.get<double>() <= 0) return std::nullopt;
  return value.get<double>();
}

std::vector<Pair> pairs(const Json& first, const Json& second) {
  std::map<std::string, double> other;
  for (const Json& workload : second.value("workloads", Json::array()))
    if (const auto ms = latency(workload)) other[workload.at("uuid").get<std::string>()] = *ms;
  std::vector<Pair> result;
  for (const Json& workload : first.value("workloads", Json::array())) {
    const auto found = other.find(workload.at("uuid").get<std::string>());
    const auto ms = latency(workload);
    if (ms && found != other.end())
      result.push_back({{std::log(*ms), std::log(found->second)}, workload.at("axes")});
  }
  return result;
}

// Workloads with one value of the axis: sums of both programs' logarithms.
using Costs = std::map<std::int64_t, std::array<double, 2>>;

struct Cut {
  double cost = INFINITY;
  std::array<std::size_t, 2> ends{};  // first value behind the first and the second interval
  int first_part = 0;
};

// The cheapest way to cut the values into `count` (2 or 3) intervals whose parts take turns.
Cut cheapest(const std::vector<std::array<double, 2>>& values, std::size_t count) {
  std::vector<std::array<double, 2>> sums(values.size() + 1);  // of those before an index
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t part = 0; part < 2; ++part)
      sums[i + 1][part] = sums[i][part] + values[i][part];
  const auto cost = [&](std::size_t begin, std::size_t end, std::size_t part) {
    return sums[end][part] - sums[begin][part];
  };
  Cut best;
  for (std::size_t a = 1; a < values.size(); ++a)
    for (std::size_t b = count == 3 ? a + 1 : values.size();
         b < values.size() + (count == 3 ? 0 : 1); ++b)
      for (std::size_t part = 0; part < 2; ++part) {
        const double total = cost(0, a, part) + cost(a, b, 1 - part) + cost(b, values.size(), part);
        if (total < best.cost) best = {total, {a, b}, static_cast<int>(part)};
      }
  return best;
}

// Between two measured values, in the middle of their logarithms.
std::int64_t limit_between(std::int64_t low, std::int64_t high) {
  if (low <= 0) return low + (high - low) / 2;
  const auto middle =
      static_cast<std::int64_t>(std::sqrt(static_cast<double>(low) * static_cast<double>(high)));
  return std::clamp(middle, low, high - 1);
}

Split split_along(const std::string& axis, const std::vector<Pair>& measured) {
  Costs costs;
  std::array<double, 2> alone{};
  for (const Pair& pair : measured) {
    if (!pair.axes.contains(axis)) return {};
    auto& sum = costs[pair.axes.at(axis).get<std::int64_t>()];
    for (std::size_t part = 0; part < 2; ++part) {
      sum[part] += pair.log_latency[part];
      alone[part] += pair.log_latency[part];
    }
  }
  std::vector<std::int64_t> places;
  std::vector<std::array<double, 2>> values;
  for (const auto& [place, sum] : costs) {
    places.push_back(place);
    values.push_back(sum);
  }
  const auto gain = [&](const Cut& cut) {
    const double spared = std::min(alone[0], alone[1]) - cut.cost;
    return std::exp(spared / static_cast<double>(measured.size()));
  };
  const Cut two = cheapest(values, 2), three = cheapest(values, 3);
  const std::size_t count = gain(three) > gain(two) * worthwhile ? 3 : 2;
  const Cut& cut = count == 3 ? three : two;
  if (!std::isfinite(cut.cost)) return {};
  Split split{axis, {}, gain(cut)};
  for (std::size_t i = 0; i < count; ++i) {
    const bool last = i + 1 == count;
    split.intervals.push_back(
        {last ? INT64_MAX : limit_between(places[cut.ends[i] - 1], places[cut.ends[i]]),
         static_cast<int>((static_cast<std::size_t>(cut.first_part) + i) % 2)});
  }
  return split;
}

}  // namespace

Split best_split(const Json& definition, const Json& first, const Json& second) {
  const std::vector<Pair> measured = pairs(first, second);
  Split best;
  for (const auto& [name, axis] : definition.at("axes").items()) {
    if (axis.value("type", std::string()) != "var") continue;
    Split split = split_along(name, measured);
    if (!split.intervals.empty() && (best.intervals.empty() || split.gain > best.gain))
      best = std::move(split);
  }
  return best;
}

}  // namespace dispatch
