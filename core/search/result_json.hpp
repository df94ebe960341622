// Results as the run's file and its export hold them: every field, exactly.
#pragma once

#include "core/base/json.hpp"
#include "core/eval/ranking.hpp"

namespace fihost::search {

[[nodiscard]] Json to_json(const WorkloadResult& result);
[[nodiscard]] WorkloadResult parse_workload_result(const Json& json);

/// Without its workloads.
[[nodiscard]] Json to_json(const CandidateResult& result);
[[nodiscard]] CandidateResult parse_candidate_result(const Json& json);

[[nodiscard]] Json to_json(const std::vector<KernelUsage>& kernels);
[[nodiscard]] std::vector<KernelUsage> parse_kernels(const Json& json);

}  // namespace fihost::search
