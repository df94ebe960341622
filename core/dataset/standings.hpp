// What the traces of a dataset say about its solutions. Traces of different hardware are never mixed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/dataset/dataset.hpp"

namespace fihost {

/// Speedups of a solution over something, one a workload. A workload that the solution did not pass
/// counts as 0 in `mean` and as a loss in the rates; `geometric_mean` is set only when all passed.
struct Speedups {
  std::size_t workloads = 0;  ///< with a time of what is compared with
  double mean = 0;
  std::optional<double> geometric_mean;
  double win_rate = 0;         ///< share of the workloads with a speedup above 1
  std::vector<double> win_at;  ///< share above each p asked for, parallel to it
};

/// One solution on one kind of hardware.
struct Standing {
  std::string definition, solution, hardware;
  std::string author;         ///< empty: the dataset does not hold the solution
  std::size_t attempted = 0;  ///< workloads with a trace
  std::size_t passed = 0;     ///< workloads whose best trace passed
  bool clean = true;          ///< no trace of it failed
  std::optional<Speedups> over_reference;
  std::optional<Speedups> over_baseline;  ///< none: no baseline there, or this is it
};

/// The author's best solution of each definition, averaged over definitions.
struct AuthorStanding {
  std::string author, hardware;
  std::size_t definitions = 0;
  std::optional<double> over_reference, over_baseline;  ///< means
};

struct Standings {
  std::size_t traces = 0, passed = 0;
  std::vector<double> p;                ///< of win@p
  std::vector<std::string> baselines;   ///< solutions that served as one
  std::vector<Standing> solutions;      ///< by definition and hardware, best first
  std::vector<AuthorStanding> authors;  ///< best first
};

/// The best passed trace of a workload.
struct BestTrace {
  std::string definition, hardware, workload, solution;
  double latency_ms = 0, reference_latency_ms = 0, speedup = 0;
  double max_absolute_error = 0, max_relative_error = 0;
};

/// `baseline` names a solution or an author. For every workload the fastest passed trace counts.
[[nodiscard]] Standings standings(const std::vector<Located<Trace>>& traces,
                                  const std::vector<Located<Solution>>& solutions,
                                  const std::string& baseline, const std::vector<double>& p);

/// By definition, hardware and workload, in this order.
[[nodiscard]] std::vector<BestTrace> best_traces(const std::vector<Located<Trace>>& traces);

[[nodiscard]] Json to_json(const Standings& standings);
[[nodiscard]] Json to_json(const std::vector<BestTrace>& best);

}  // namespace fihost
