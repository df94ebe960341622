#include "core/eval/paired_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.hpp"
#include "core/eval/ranking.hpp"

namespace fihost {
namespace {

using Table = std::vector<std::vector<double>>;

/// log(champion / challenger), [workload][round].
Table log_ratios(const PairedLatencies& latencies) {
  const auto& [challenger, champion] = latencies;
  if (challenger.empty() || challenger.size() != champion.size()) {
    throw Error(
        fmt::format("a match compares {} workloads with {}", challenger.size(), champion.size()),
        Fault::internal);
  }
  const std::size_t rounds = challenger.front().size();
  Table table;
  for (std::size_t w = 0; w < challenger.size(); ++w) {
    if (rounds < 2 || challenger[w].size() != rounds || champion[w].size() != rounds) {
      throw Error(fmt::format("a match compares {} rounds with {}, of {}; at least two are needed",
                              challenger[w].size(), champion[w].size(), rounds),
                  Fault::internal);
    }
    auto& row = table.emplace_back();
    for (std::size_t r = 0; r < rounds; ++r) {
      if (!(challenger[w][r] > 0) || !(champion[w][r] > 0)) {
        throw Error("a match compares a latency that is not above 0", Fault::internal);
      }
      row.push_back(std::log(champion[w][r] / challenger[w][r]));
    }
  }
  return table;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> means_of_rounds(const Table& table) {
  std::vector<double> means(table.front().size());
  for (const auto& row : table) {
    for (std::size_t r = 0; r < means.size(); ++r) {
      means[r] += row[r] / static_cast<double>(table.size());
    }
  }
  return means;
}

/// Half-width of Student's 95 % interval of a mean of `count` values with `squares` on `degrees`.
double half_width(double squares, std::size_t degrees, std::size_t count) {
  const double deviation = std::sqrt(squares / static_cast<double>(degrees));
  return student_t975(degrees) * deviation / std::sqrt(static_cast<double>(count));
}

double over_rounds(const std::vector<double>& rounds, double centre) {
  double squares = 0;
  for (const double x : rounds) squares += (x - centre) * (x - centre);
  return half_width(squares, rounds.size() - 1, rounds.size());
}

/// From what is left when each workload's and each round's mean are taken out; 0 for one workload.
double within_rounds(const Table& table, const std::vector<double>& rounds, double centre) {
  if (table.size() < 2) return 0;
  double squares = 0;
  for (const auto& row : table) {
    const double workload = mean(row);
    for (std::size_t r = 0; r < rounds.size(); ++r) {
      const double left = row[r] - workload - rounds[r] + centre;
      squares += left * left;
    }
  }
  return half_width(squares, (table.size() - 1) * (rounds.size() - 1),
                    table.size() * rounds.size());
}

}  // namespace

double match_floor(bool cpu, std::size_t rounds) {
  return cpu || rounds < 3 ? quick_tie_floor : tie_floor;
}

PairedComparison compare_pairs(const PairedLatencies& latencies, double floor) {
  const Table table = log_ratios(latencies);
  const auto rounds = means_of_rounds(table);
  const double centre = mean(rounds);
  const double spread = std::max(over_rounds(rounds, centre), within_rounds(table, rounds, centre));
  PairedComparison out;
  out.ratio = std::exp(centre);
  out.interval = {std::exp(centre - spread), std::exp(centre + spread)};
  out.won = out.interval.low > 1 + floor;
  return out;
}

}  // namespace fihost
