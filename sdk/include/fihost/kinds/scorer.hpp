// fihost/kinds/scorer.hpp - turns the trials of one candidate into one number.
#pragma once

#include <cmath>
#include <fihost/context.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fihost::sdk {

/// What was found about the candidate on one workload.
struct ScoredWorkload {
  std::string uuid;
  Json axes;           ///< values of the variable axes by name, e.g. {"seq_len": 7}
  std::string status;  ///< "PASSED", "INCORRECT_NUMERICAL", ...: FlashInfer Trace's words
  std::optional<double> latency_ms, baseline_latency_ms;
  std::optional<double> speedup;  ///< baseline / latency; none unless both were measured

  [[nodiscard]] bool passed() const { return status == "PASSED"; }
};

/// One candidate on all workloads of the run, in the run's order.
struct ScoreRequest {
  std::string definition, candidate;
  std::string baseline_kind;  ///< "reference", "candidate" or "frozen"
  std::string baseline_name;
  std::vector<ScoredWorkload> workloads;
};

struct Score {
  std::optional<double> score;       ///< higher is better; none: not comparable, see reasons
  bool passed = false;               ///< right on every workload
  std::vector<std::string> reasons;  ///< one line each, for people
};

/// The speedups of all workloads, and what speaks against using them.
struct Speedups {
  std::vector<double> values;        ///< one per workload in their order if `reasons` is empty
  bool passed = false;               ///< right on every workload, of which there is at least one
  std::vector<std::string> reasons;  ///< one per workload that failed or has no usable speedup
};

[[nodiscard]] inline Speedups speedups(const ScoreRequest& request) {
  Speedups all{.values = {}, .passed = !request.workloads.empty(), .reasons = {}};
  if (request.workloads.empty()) all.reasons.emplace_back("there are no workloads");
  for (const ScoredWorkload& workload : request.workloads) {
    if (!workload.passed()) {
      all.passed = false;
      all.reasons.push_back("workload " + workload.uuid + ": " + workload.status);
    } else if (!workload.speedup || !std::isfinite(*workload.speedup) || *workload.speedup <= 0) {
      all.reasons.push_back("workload " + workload.uuid + ": no speedup was measured");
    } else {
      all.values.push_back(*workload.speedup);
    }
  }
  return all;
}

namespace detail {

inline std::optional<double> number(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return std::nullopt;
  return it->get<double>();
}

inline ScoreRequest parse_score_request(const Json& json) {
  const Json baseline = json.value("baseline", Json::object());
  ScoreRequest request{.definition = json.value("definition", ""),
                       .candidate = json.value("candidate", ""),
                       .baseline_kind = baseline.value("kind", ""),
                       .baseline_name = baseline.value("name", ""),
                       .workloads = {}};
  for (const Json& workload : json.at("workloads")) {
    request.workloads.push_back({.uuid = workload.at("uuid").get<std::string>(),
                                 .axes = workload.value("axes", Json::object()),
                                 .status = workload.at("status").get<std::string>(),
                                 .latency_ms = number(workload, "latency_ms"),
                                 .baseline_latency_ms = number(workload, "baseline_latency_ms"),
                                 .speedup = number(workload, "speedup")});
  }
  return request;
}

/// JSON has no infinity and no NaN: such a score is none.
inline Json to_json(const Score& score) {
  const bool finite = score.score && std::isfinite(*score.score);
  return {{"score", finite ? Json(*score.score) : Json(nullptr)},
          {"passed", score.passed},
          {"reasons", score.reasons}};
}

}  // namespace detail

/// Wire form: share/fihost/schemas/scorer.score.json.
class Scorer {
 public:
  static constexpr const char* kind = "scorer/1";
  virtual ~Scorer() = default;

  /// Must depend on the request alone, so that a ranking can be made again from its file.
  virtual Score score(const ScoreRequest& request, const Context& context) = 0;

  /// Serve one request. Throws Error UNSUPPORTED for an op that this kind does not have.
  Json invoke(std::string_view op, const Json& request, const Context& context) {
    if (op == "score") {
      return detail::to_json(score(detail::parse_score_request(request), context));
    }
    throw Error(FIHOST_UNSUPPORTED, "a scorer has no op '" + std::string(op) + "'; it has 'score'");
  }
};

}  // namespace fihost::sdk
