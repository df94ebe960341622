// Routings of the MoE task that are hard on an implementation: few pairs, many, skewed, on the
// edges of tiles and of the layer. Host code only; every decision has a wide margin.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fihost {

using ExpertSet = std::array<int, 8>;

enum class Logits {
  plain,    ///< chosen experts high, all others low
  decoys,   ///< besides, one expert of every dropped group is the best of all, alone in its group
  by_bias,  ///< the bias alone decides; takes token 0's experts for all tokens
};

/// Where the tokens of one call go. `choose` gives the experts of a token, within four groups.
struct RoutingCase {
  std::string name;
  std::int64_t tokens = 0;
  std::int32_t offset = 0;
  std::function<ExpertSet(std::int64_t token, std::uint64_t& random)> choose;
  Logits logits = Logits::plain;
};

/// A case's inputs and what they come to.
struct Routing {
  std::vector<float> logits;        ///< [tokens, 256]
  std::vector<std::uint16_t> bias;  ///< [256] bfloat16
  std::vector<ExpertSet> experts;   ///< [tokens]
};

/// All cases of at most `max_tokens`.
[[nodiscard]] std::vector<RoutingCase> routing_cases(std::int64_t max_tokens);
/// The same for the same case.
[[nodiscard]] Routing make_routing(const RoutingCase& wanted);

}  // namespace fihost
