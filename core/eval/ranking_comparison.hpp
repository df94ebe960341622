// What changed between two rankings of one definition: pure functions over structs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/eval/ranking.hpp"

namespace fihost {

enum class Change {
  same,  ///< within the noise, or it failed before and after
  faster,
  slower,
  passes,   ///< and did not before
  fails,    ///< and did not before
  appears,  ///< only the later ranking has it
  disappears
};
[[nodiscard]] std::string_view name(Change change);  ///< "same", "faster", ...

/// A figure of which more is better, before and after.
struct Ratio {
  double before = 0, after = 0;
  double value = 1;   ///< after / before
  Interval interval;  ///< 95 %, from both sides' own errors
};

struct WorkloadChange {
  std::string uuid;
  std::map<std::string, std::int64_t> axes;
  Change change = Change::same;
  Status before = Status::passed, after = Status::passed;
  std::optional<Ratio> ratio;  ///< of speedups, or of calls a second; set when both were timed
};

struct CandidateChange {
  std::string name;
  Change change = Change::same;
  std::optional<Status> before, after;  ///< verdicts; none where the candidate is not
  std::optional<Ratio> ratio;           ///< of scores, or of calls a second
  std::vector<WorkloadChange>
      workloads;  ///< those that both rankings have, in the later one's order
};

/// Something that should be equal for numbers to be comparable.
struct Difference {
  std::string what;  ///< "timer"
  std::string before, after;
};

struct RankingComparison {
  std::string definition;
  std::vector<Difference> differences;
  /// Whether scores are compared. Where scorer, baseline or workloads differ they are not, and the
  /// mean latency over the common workloads stands for them.
  bool by_score = true;
  std::vector<CandidateChange> candidates;  ///< in the later ranking's order, then what disappeared
};

/// Two candidates of one name are one. A ratio counts as a change when it is beyond 1.96 combined
/// standard deviations (Student's, over the processes, where a ranking has several), beyond the tie
/// floor and beyond `threshold` (a share: 0.02 ignores changes of less than 2 %). Of many candidates
/// that did not change one in twenty may seem to. A workload that failed before or after makes the
/// candidate pass or fail, whatever its times. Throws Error (environment) when the devices differ.
[[nodiscard]] RankingComparison compare(const Ranking& before, const Ranking& after,
                                        double threshold = 0);

/// Rankings are matched by their definitions; those that only one side has are all appearance or
/// disappearance. Throws Error (environment) when there is no common definition.
[[nodiscard]] std::vector<RankingComparison> compare(const std::vector<Ranking>& before,
                                                     const std::vector<Ranking>& after,
                                                     double threshold = 0);

/// Whether a candidate got slower or fails that did not.
[[nodiscard]] bool worse(const RankingComparison& comparison);

}  // namespace fihost
