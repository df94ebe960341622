// Routing logits and bias for one workload, made from a seed.
//
// The time of this operation at small seq_len is the number of local experts that get a token, and
// at large seq_len the number of (token, local expert) pairs. Plain random logits would give other
// numbers than the workload stands for, so both are parameters here:
//   1. Draw normal logits for each token and note how many local experts it picks. Redraw tokens at
//      random until the picks add up to `local_pairs`.
//   2. Deal the picks to `active_local_experts` experts, each at least once.
//   3. In each token, exchange the scores of the picked and the wanted local experts: all scores
//      stay as drawn, only their places change.
// No decision is close: best groups and best experts are separated from the next one by `margin`,
// far above float32 rounding, so every correct implementation routes alike. Normals are sums of
// integers, so a seed gives the same logits on every machine; exp() and log() enter only through
// decisions with that margin and through logits rounded to 2^-16.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fihost/candidate.hpp>
#include <functional>
#include <iterator>
#include <new>
#include <numeric>
#include <utility>
#include <vector>

namespace {

namespace sdk = fihost::sdk;

constexpr int experts = 256, groups = 8, group_size = 32, kept_groups = 4, top_k = 8;
constexpr int max_local = 32;
constexpr double margin = 1e-4;
constexpr double bias_deviation = 0.02;

/// splitmix64: the n-th value is a hash of start + n * constant, so any place can be returned to.
class Stream {
 public:
  explicit Stream(std::uint64_t start) : at_(start) {}
  Stream(std::uint64_t seed, std::uint64_t purpose)
      : at_(Stream(seed ^ Stream(purpose).next()).next()) {}

  std::uint64_t next() {
    at_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = at_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, n), n < 2^32.
  std::size_t below(std::size_t n) { return ((next() >> 32) * n) >> 32; }
  /// Standard normal up to the tails (twelve uniforms, so within +-6), a multiple of 2^-16.
  double normal() {
    std::int64_t sum = 0;
    for (int word = 0; word < 3; ++word)
      for (std::uint64_t bits = next(), part = 0; part < 4; ++part, bits >>= 16)
        sum += static_cast<std::int64_t>(bits & 0xffff);
    return static_cast<double>(sum - 12 * 32767 - 6) / 65536;
  }
  [[nodiscard]] std::uint64_t place() const { return at_; }

 private:
  std::uint64_t at_;
};

/// Where one token goes. `clear` says that no decision was within the margin.
struct Routing {
  std::array<int, top_k> experts{};
  bool clear = false;
};

using Row = std::array<double, experts>;

struct Layer {
  Row bias{};
  int local_begin = 0, local_end = 0;  ///< global numbers of the local experts
};

double score(double logit) { return 1 / (1 + std::exp(-logit)); }

Routing route(const Row& logits, const Row& bias) {
  Row biased;
  for (std::size_t e = 0; e < experts; ++e) biased[e] = score(logits[e]) + bias[e];

  std::array<std::pair<double, std::size_t>, groups> ranked;
  for (std::size_t g = 0; g < groups; ++g) {
    std::array<double, group_size> members;
    std::copy_n(biased.begin() + static_cast<std::ptrdiff_t>(g * group_size), group_size,
                members.begin());
    std::partial_sort(members.begin(), members.begin() + 2, members.end(), std::greater<>());
    ranked[g] = {members[0] + members[1], g};
  }
  std::sort(ranked.begin(), ranked.end(), std::greater<>());

  std::array<std::pair<double, int>, kept_groups * group_size> race;
  for (std::size_t k = 0, n = 0; k < kept_groups; ++k)
    for (std::size_t i = 0; i < group_size; ++i, ++n) {
      const std::size_t e = ranked[k].second * group_size + i;
      race[n] = {biased[e], static_cast<int>(e)};
    }
  std::partial_sort(race.begin(), race.begin() + top_k + 1, race.end(), std::greater<>());

  Routing result;
  for (std::size_t k = 0; k < top_k; ++k) result.experts[k] = race[k].second;
  result.clear = ranked[kept_groups - 1].first - ranked[kept_groups].first >= margin &&
                 race[top_k - 1].first - race[top_k].first >= margin;
  return result;
}

/// The picked local experts of a token, ascending.
std::vector<int> local_picks(const Routing& routing, const Layer& layer) {
  std::vector<int> picks;
  for (const int e : routing.experts)
    if (e >= layer.local_begin && e < layer.local_end) picks.push_back(e);
  std::sort(picks.begin(), picks.end());
  return picks;
}

struct Draw {
  std::uint64_t place = 0;  ///< of the stream, to draw the same again
  Row logits{};
  Routing routing;
};

/// The next draw without a close decision.
Draw draw(Stream& stream, const Layer& layer) {
  for (;;) {
    Draw result;
    result.place = stream.place();
    for (double& logit : result.logits) logit = stream.normal();
    result.routing = route(result.logits, layer.bias);
    if (result.routing.clear) return result;
  }
}

/// Give the scores of experts `from` to experts `to` and the other way round. False when a score
/// would leave (0, 1).
bool exchange(Row& logits, const Row& bias, const std::vector<int>& from,
              const std::vector<int>& to) {
  const auto move = [&](double biased, std::size_t e) {
    const double s = biased - bias[e];
    if (s < 1e-3 || s > 1 - 1e-3) return false;
    logits[e] = std::nearbyint(std::log(s / (1 - s)) * 65536) / 65536;
    return true;
  };
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto a = static_cast<std::size_t>(from[i]), b = static_cast<std::size_t>(to[i]);
    const double at_a = score(logits[a]) + bias[a], at_b = score(logits[b]) + bias[b];
    if (!move(at_b, a) || !move(at_a, b)) return false;
  }
  return true;
}

/// Logits of a token that picks exactly the local experts `wanted` (ascending).
Row logits_picking(const std::vector<int>& wanted, std::uint64_t place, const Layer& layer) {
  Stream stream(place);
  for (;;) {
    Draw token = draw(stream, layer);
    const std::vector<int> picks = local_picks(token.routing, layer);
    if (picks.size() != wanted.size()) continue;
    std::vector<int> from, to;
    std::set_difference(picks.begin(), picks.end(), wanted.begin(), wanted.end(),
                        std::back_inserter(from));
    std::set_difference(wanted.begin(), wanted.end(), picks.begin(), picks.end(),
                        std::back_inserter(to));
    if (!exchange(token.logits, layer.bias, from, to)) continue;
    const Routing routing = route(token.logits, layer.bias);
    if (routing.clear && local_picks(routing, layer) == wanted) return token.logits;
  }
}

/// How many local experts a token picks, and from which place of its stream.
struct Plan {
  std::uint64_t place = 0;
  std::size_t picks = 0;
};

/// Plans whose picks add up to `pairs`; empty when drawing does not get there.
std::vector<Plan> plan_tokens(std::size_t tokens, std::size_t pairs, std::size_t active,
                              std::uint64_t seed, const Layer& layer) {
  const auto plan = [&](Stream& stream) {
    for (;;) {
      const Draw token = draw(stream, layer);
      const std::size_t picks = local_picks(token.routing, layer).size();
      if (picks <= active) return Plan{token.place, picks};
    }
  };
  std::vector<Plan> plans(tokens);
  std::size_t sum = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    Stream stream(seed, t);
    plans[t] = plan(stream);
    sum += plans[t].picks;
  }
  const auto distance = [&](std::size_t n) { return n > pairs ? n - pairs : pairs - n; };
  Stream stream(seed, ~std::uint64_t{1});
  for (std::size_t tries = 0; sum != pairs; ++tries) {
    if (tries > 64 * tokens + 10000) return {};
    Plan& old = plans[stream.below(tokens)];
    const Plan fresh = plan(stream);
    if (distance(sum - old.picks + fresh.picks) >= distance(sum)) continue;
    sum = sum - old.picks + fresh.picks;
    old = fresh;
  }
  return plans;
}

template <typename T>
void shuffle(std::vector<T>& items, Stream& stream) {
  for (std::size_t n = items.size(); n > 1; --n) std::swap(items[n - 1], items[stream.below(n)]);
}

/// For each token the local experts that it shall pick: `active` different ones over all tokens.
std::vector<std::vector<int>> deal(const std::vector<Plan>& plans, std::size_t active,
                                   std::uint64_t seed, const Layer& layer) {
  Stream stream(seed, ~std::uint64_t{2});
  std::vector<int> deck(static_cast<std::size_t>(layer.local_end - layer.local_begin));
  std::iota(deck.begin(), deck.end(), layer.local_begin);
  shuffle(deck, stream);
  deck.resize(active);
  std::vector<std::size_t> order(plans.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  shuffle(order, stream);

  std::vector<std::vector<int>> wanted(plans.size());
  std::size_t dealt = 0;
  for (const std::size_t t : order) {
    std::vector<int>& hand = wanted[t];
    while (hand.size() < plans[t].picks) {
      const int e = dealt < active ? deck[dealt++] : deck[stream.below(active)];
      if (std::find(hand.begin(), hand.end(), e) == hand.end()) hand.push_back(e);
    }
    std::sort(hand.begin(), hand.end());
  }
  return wanted;
}

float round_to_bfloat16(double value, std::uint16_t& bits) {
  const auto narrow = static_cast<float>(value);
  std::uint32_t word = 0;
  std::memcpy(&word, &narrow, sizeof word);
  word = (word + 0x7fffu + ((word >> 16) & 1u)) & 0xffff0000u;
  bits = static_cast<std::uint16_t>(word >> 16);
  float rounded = 0;
  std::memcpy(&rounded, &word, sizeof rounded);
  return rounded;
}

void store(const Row& logits, float* out) {
  for (std::size_t e = 0; e < experts; ++e) out[e] = static_cast<float>(logits[e]);
}

struct Request {
  std::uint64_t seed = 0;
  std::size_t tokens = 0, active = 0, pairs = 0;
  int offset = 0;
};

fihost_status shaped_logits(const Request& request, const Layer& layer, float* out,
                            const fihost_sink* error) {
  const int local = std::max(0, layer.local_end - layer.local_begin);
  if (request.active > static_cast<std::size_t>(local) || request.pairs < request.active ||
      request.pairs > request.tokens * std::min<std::size_t>(top_k, request.active))
    return sdk::fail(error, FIHOST_INVALID_ARGUMENT,
                     "no routing has these active_local_experts and local_pairs");
  const std::vector<Plan> plans =
      plan_tokens(request.tokens, request.pairs, request.active, request.seed, layer);
  if (plans.empty())
    return sdk::fail(error, FIHOST_UNSUPPORTED,
                     "local_pairs is too far from seq_len * 8 * local experts / 256");
  const auto wanted = deal(plans, request.active, request.seed, layer);
  for (std::size_t t = 0; t < request.tokens; ++t)
    store(logits_picking(wanted[t], plans[t].place, layer), out + t * experts);
  return FIHOST_OK;
}

fihost_status generate(const Request& request, const fihost_call* call, const fihost_sink* error) {
  Layer layer;
  layer.local_begin = std::clamp(request.offset, 0, experts);
  layer.local_end = std::clamp(request.offset + max_local, 0, experts);
  auto* const bias = sdk::data<std::uint16_t>(call->outputs[1]);
  Stream stream(request.seed, ~std::uint64_t{0});
  for (std::size_t e = 0; e < experts; ++e) {
    std::uint16_t bits = 0;
    layer.bias[e] = round_to_bfloat16(stream.normal() * bias_deviation, bits);
    if (bias != nullptr) bias[e] = bits;
  }
  auto* const logits = sdk::data<float>(call->outputs[0]);
  if (logits == nullptr) return FIHOST_OK;
  if (request.active > 0 || request.pairs > 0) return shaped_logits(request, layer, logits, error);
  for (std::size_t t = 0; t < request.tokens; ++t) {
    Stream token(request.seed, t);
    store(draw(token, layer).logits, logits + t * experts);
  }
  return FIHOST_OK;
}

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept try {
  for (std::uint32_t i = 2; i < call->num_outputs; ++i)
    if (call->outputs[i].data != nullptr)
      return sdk::fail(error, FIHOST_UNSUPPORTED,
                       "only routing_logits and routing_bias are generated");
  const auto input = [&](std::uint32_t i) -> std::int64_t {
    return i < call->num_inputs ? sdk::scalar<std::int64_t>(call->inputs[i]) : 0;
  };
  const std::int64_t tokens = input(1), offset = input(2), active = input(3), pairs = input(4);
  if (call->num_outputs < 2 || tokens < 0 || active < 0 || pairs < 0 || std::abs(offset) > experts)
    return sdk::fail(error, FIHOST_INVALID_ARGUMENT,
                     "wanted seed, seq_len >= 0 and optionally local_expert_offset (-256 to 256), "
                     "active_local_experts >= 0, local_pairs >= 0");
  const Request request{static_cast<std::uint64_t>(input(0)), static_cast<std::size_t>(tokens),
                        static_cast<std::size_t>(active), static_cast<std::size_t>(pairs),
                        static_cast<int>(offset)};
  return generate(request, call, error);
} catch (const std::bad_alloc&) {
  return sdk::fail(error, FIHOST_OUT_OF_MEMORY, "out of memory");
}

}  // namespace

const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, FIHOST_CANDIDATE_FLAG_DETERMINISTIC),
    "moe-routing-generator",
    "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048",
    nullptr,
    FIHOST_ROLE_GENERATOR,
    FIHOST_CPU,
    nullptr,
    nullptr,
    run,
    nullptr};
