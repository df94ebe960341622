// Inputs of the MoE task on the CUDA device, and how a result is compared with the reference's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/candidates/device_memory.hpp"
#include "tests/candidates/moe_routing_case.hpp"

namespace fihost {

/// Weights of all 32 experts, made once (1.4 GB), and the other inputs of the case last set.
/// Contents are those of the contest: fp8 normals within [-2, 2], scales normals of either sign.
class MoeCudaProblem {
 public:
  MoeCudaProblem();

  /// Takes the case's routing and draws new activations.
  void set(const RoutingCase& wanted, const Routing& routing);
  /// Borrowed until the next set().
  [[nodiscard]] std::vector<fihost_tensor> inputs();
  [[nodiscard]] DeviceTensor& output() noexcept { return output_; }

 private:
  std::uint64_t random_ = 0x3a0e;
  std::vector<std::uint8_t> activations_;  // a period of them
  DeviceTensor logits_, bias_, hidden_, hidden_scale_;
  DeviceTensor gemm1_, gemm1_scale_, gemm2_, gemm2_scale_, output_;
  std::int32_t offset_ = 0;
  float factor_ = 2.5f;
};

/// How `actual` differs from `expected`, both [tokens, 7168]. An element matches as in the contest:
/// abs <= 1 or rel <= 0.3. Empty when 0.9 of them do, and besides: every element is written, tokens
/// without a local expert (`local` false) are zero, and at least half of every 128 columns of every
/// token match. The latter finds a lost tile that a share of all elements would hide; rounding as
/// fp8 leaves about 0.95 of any 128.
[[nodiscard]] std::string difference(const PinnedResult& actual, const PinnedResult& expected,
                                     const std::vector<bool>& local);

}  // namespace fihost
