// What was found about one candidate on one workload.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace fihost {

/// FlashInfer Trace's seven words; there are no others.
enum class Status {
  passed,
  incorrect_shape,
  incorrect_numerical,
  incorrect_dtype,
  runtime_error,
  compile_error,
  timeout
};
[[nodiscard]] std::string_view name(Status status);  ///< "PASSED", "INCORRECT_NUMERICAL", ...
[[nodiscard]] std::optional<Status> parse_status(std::string_view name);

/// Which rule decides about an output: FlashInfer Trace's own, or that one without its loopholes.
/// docs/correctness.md describes both.
enum class CorrectnessRule { strict, compat };
[[nodiscard]] std::string_view name(CorrectnessRule rule);  ///< "strict", "compat"
[[nodiscard]] std::optional<CorrectnessRule> parse_rule(std::string_view name);

/// What the strict rule adds. Each number is the worst over outputs and input sets.
struct StrictCorrectness {
  std::uint64_t nonfinite_mismatches =
      0;                         ///< elements whose NaN or infinity is not the reference's
  std::uint64_t unwritten = 0;   ///< elements that no call wrote
  std::uint64_t wrong_rows = 0;  ///< rows in which failures are concentrated
  double worst_patch_ratio = 0;  ///< largest share of failures in 128 neighbouring elements
  std::string failure;           ///< why the strict rule refuses it, "" it does not
};

/// Errors over all outputs and input sets, by the rule that decides. Infinity and NaN are legal.
struct Correctness {
  double max_abs_error = 0;
  double max_rel_error = 0;
  double matched_ratio = 1;  ///< minimum over outputs and input sets
  StrictCorrectness strict;  ///< found under either rule
};
/// The worse of each, and the first failure.
[[nodiscard]] Correctness worse(const Correctness& a, const Correctness& b);

/// Latency of one call. All times in milliseconds.
struct Timing {
  double latency_ms = 0;           ///< median of all samples
  double low_ms = 0, high_ms = 0;  ///< 95 % confidence interval of that median
  double min_ms = 0, p10_ms = 0, p90_ms = 0;
  std::uint64_t samples = 0;
  std::vector<double> processes_ms;  ///< latency found by each process that held the candidate
  double sm_mhz = 0;                 ///< median SM clock while timing; 0 unknown
  std::string throttle;              ///< reasons NVML gave while timing, "" none
};

struct Trial {
  Status status = Status::runtime_error;
  std::optional<Correctness> correctness;  ///< set for passed and incorrect_numerical
  std::optional<Timing> timing;            ///< set for passed
  std::string log;                         ///< what went wrong, one line or the candidate's output
};

/// The wire form between judge and host. Non-finite errors travel as the strings "Infinity", "NaN".
[[nodiscard]] Json to_json(const Trial& trial);
[[nodiscard]] Json to_json(const StrictCorrectness& strict);
[[nodiscard]] Trial parse_trial(const Json& json);

}  // namespace fihost
