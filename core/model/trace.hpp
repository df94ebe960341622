// A FlashInfer Trace: what one solution got on one workload, or a workload alone.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/base/json.hpp"
#include "core/model/lax_json.hpp"
#include "core/model/trial.hpp"
#include "core/model/workload.hpp"

namespace fihost {

struct TraceCorrectness {
  double max_relative_error = 0;  ///< >= 0, infinite or NaN
  double max_absolute_error = 0;
  Json extra;  ///< an object or null; the only place for figures of other tools
};

/// Milliseconds, and their quotient. Finite and >= 0: the format cannot read anything else back.
struct TracePerformance {
  double latency_ms = 0;
  double reference_latency_ms = 0;
  double speedup_factor = 0;
};

struct TraceEvaluation {
  Status status = Status::runtime_error;
  std::string hardware;
  std::map<std::string, std::string> libs;
  std::string timestamp;
  std::string log;
  std::optional<TraceCorrectness> correctness;  ///< set for PASSED and INCORRECT_NUMERICAL only
  std::optional<TracePerformance> performance;  ///< set for PASSED only
};

/// Without solution and evaluation it is a workload.
struct Trace {
  std::string definition;
  Workload workload;
  std::optional<std::string> solution;
  std::optional<TraceEvaluation> evaluation;
};

/// One line of a workload or trace file, converted; adds what breaks the schema to `bad`. Unknown keys
/// are ignored.
[[nodiscard]] Trace read_trace(const Json& line, Violations& bad);
/// The same. Throws Error with `origin` ("file:line") listing every violation.
[[nodiscard]] Trace parse_trace(const Json& line, const std::string& origin);

/// In the format's key order, every key present. Infinite and NaN errors become the strings that the
/// format reads. Throws Error (internal) for a performance that is not finite.
[[nodiscard]] Json to_json(const Trace& trace);

/// This moment as the format writes it: local time without a zone, to the microsecond.
[[nodiscard]] std::string trace_timestamp();

}  // namespace fihost
