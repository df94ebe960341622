// Inputs of the MoE task, an independent evaluation of single results in double precision, and the
// task's tolerance.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/candidates/loaded_object.hpp"

namespace fihost {

/// What one token's routing comes to.
struct TokenRouting {
  std::array<int, 8> experts{};     ///< best first
  std::array<double, 8> weights{};  ///< normalised to 1
  double group_gap = 0;             ///< 4th best group minus the 5th
  double expert_gap = 0;            ///< 8th best expert minus the 9th
};

/// The routing rule by sorting, in double.
[[nodiscard]] TokenRouting route_by_sorting(const float* logits, const std::uint16_t* bias);

/// All inputs of one workload. Activations and scales are random; the weights of an expert are zero
/// until fill_expert().
struct MoeProblem {
  MoeProblem(std::int64_t tokens, int local_expert_offset, std::uint64_t seed);

  /// Logits under which `token` goes to these eight experts, best first.
  void send(std::int64_t token, const std::array<int, 8>& experts);
  /// Random weights and scales for local expert `local`.
  void fill_expert(int local);
  /// Logits and bias by the task's generator; fills the experts that get a token.
  void generate(const LoadedObject& generator, std::int64_t active, std::int64_t pairs);

  [[nodiscard]] std::vector<fihost_tensor> inputs();
  /// Output [tokens, 7168] of an object; starts as NaN.
  [[nodiscard]] HostTensor run(const LoadedObject& object);
  /// The same in double, straight from the definition, at the given columns of one token.
  [[nodiscard]] std::vector<double> evaluate(std::int64_t token,
                                             const std::vector<std::int64_t>& columns) const;

  std::int64_t tokens;
  std::uint64_t random;
  HostTensor routing_logits, routing_bias, hidden_states, hidden_states_scale;
  HostTensor gemm1_weights, gemm1_weights_scale, gemm2_weights, gemm2_weights_scale;
  HostTensor local_expert_offset, routed_scaling_factor;
};

/// Share of elements that match under the tolerance rule: abs <= atol or rel <= rtol.
struct ToleranceRule {
  double atol, rtol;
};
[[nodiscard]] double matched_ratio(const HostTensor& actual, const HostTensor& expected,
                                   ToleranceRule rule);

}  // namespace fihost
