#include "tests/candidates/moe_routing_case.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "tests/candidates/loaded_object.hpp"

namespace fihost {
namespace {

constexpr int experts = 256, group_size = 32, local_experts = 32;

int below(std::uint64_t& random, std::size_t limit) {
  return static_cast<int>(next_random(random) % limit);
}

bool is_local(int expert, int offset) {
  return expert >= offset && expert < offset + local_experts;
}

/// The fixed experts, then others that `allowed` lets pass, at most `most` of a group, all of them
/// in four groups. There must be enough.
template <class Allowed>
ExpertSet draw(std::uint64_t& random, std::initializer_list<int> fixed, Allowed allowed,
               int most = 8) {
  std::array<int, 8> room{};  // of each group
  int kept = 0;
  const auto keep = [&](int group) {
    int& places = room[static_cast<std::size_t>(group)];
    if (places == 0) ++kept, places = most;
  };
  for (const int e : fixed) keep(e / group_size);
  while (kept < 4) keep(below(random, 8));
  ExpertSet set;
  auto end = std::copy(fixed.begin(), fixed.end(), set.begin());
  for (const int e : fixed) --room[static_cast<std::size_t>(e / group_size)];
  while (end != set.end()) {
    const int e = below(random, experts);
    int& places = room[static_cast<std::size_t>(e / group_size)];
    if (places <= 0 || !allowed(e) || std::find(set.begin(), end, e) != end) continue;
    *end++ = e;
    --places;
  }
  return set;
}

bool any(int) { return true; }

auto elsewhere(int offset) {
  return [offset](int e) { return !is_local(e, offset); };
}

using Cases = std::vector<RoutingCase>;

void add_one_expert(Cases& cases) {
  for (const int tokens : {1, 7, 9, 17, 80, 128, 200, 901, 3000})
    cases.push_back({"all on one local expert", tokens, 32, [tokens](auto, auto& random) {
                       return draw(random, {32 + tokens % local_experts}, elsewhere(32));
                     }});
}

void add_none(Cases& cases) {
  for (const int tokens : {1, 57, 901, 5000})
    cases.push_back({"no local expert", tokens, 96,
                     [](auto, auto& random) { return draw(random, {}, elsewhere(96)); }});
}

void add_all_local(Cases& cases) {
  for (const auto& [tokens, offset] :
       {std::pair{1, 64}, {1, 80}, {33, 64}, {130, 80}, {300, 64}, {1000, 80}})
    cases.push_back(
        {"eight local experts a token", tokens, offset, [offset = offset](auto, auto& random) {
           // First and last quarter, so that both groups of a straddling range are kept.
           return draw(random, {offset + below(random, 8), offset + 24 + below(random, 8)},
                       [offset](int e) { return is_local(e, offset); });
         }});
}

void add_ends(Cases& cases) {
  for (const int offset : {-31, 0, 224, 255, 256, -32, 1000})
    for (const int tokens : {2, 65})
      cases.push_back(
          {"both ends of the layer", tokens, offset, [](auto token, auto& random) {
             return token % 2 == 0 ? draw(random, {0, 1}, any) : draw(random, {255, 254}, any);
           }});
}

void add_random(Cases& cases) {
  std::vector<int> sizes;
  for (int tokens = 1; tokens <= 20; ++tokens) sizes.push_back(tokens);
  for (const int tokens :
       {31,  32,  33,  63,  64,  65,  79,   81,   96,   100,  127,  128,  129,  130,   191,
        255, 256, 257, 500, 700, 900, 1000, 1023, 1024, 1025, 2048, 4096, 9000, 16384, 20000})
    sizes.push_back(tokens);
  const std::array offsets{0, 32, 96, 224, 17, 200, 160, -9};
  for (std::size_t i = 0; i < sizes.size(); ++i)
    cases.push_back({"random", sizes[i], offsets[i % offsets.size()],
                     [](auto, auto& random) { return draw(random, {}, any); }});
}

void add_skewed(Cases& cases) {
  for (const int tokens : {300, 2000, 6000})
    cases.push_back({"half on one expert", tokens, 64, [](auto token, auto& random) {
                       return token % 2 == 0 ? draw(random, {71}, any) : draw(random, {}, any);
                     }});
  for (const int tokens : {60, 256, 1500})
    cases.push_back({"two hot pairs of experts", tokens, 128, [](auto token, auto& random) {
                       return token % 3 == 0 ? draw(random, {128, 159}, elsewhere(128))
                                             : draw(random, {141, 142}, elsewhere(128));
                     }});
  cases.push_back({"one pair for every local expert", 32, 192, [](auto token, auto& random) {
                     return draw(random, {static_cast<int>(192 + token * 7 % 32)}, elsewhere(192));
                   }});
}

/// Numbers of pairs on both sides of every likely tile size, each for one local expert.
void add_tile_edges(Cases& cases) {
  const std::array counts{0,  1,  2,  7,  8,  9,  15, 16, 17, 23, 24, 25,  31,  32,  33,  39,
                          40, 41, 47, 48, 49, 55, 56, 57, 63, 64, 65, 127, 128, 129, 191, 193};
  std::vector<int> places;
  for (std::size_t local = 0; local < counts.size(); ++local)
    places.insert(places.end(), static_cast<std::size_t>(counts[local]),
                  static_cast<int>(local * 11 % local_experts));
  const auto tokens = static_cast<std::int64_t>(places.size());
  cases.push_back({"tile edges, sorted", tokens, 32, [places](auto token, auto& random) {
                     return draw(random, {32 + places[static_cast<std::size_t>(token)]},
                                 elsewhere(32));
                   }});
  std::uint64_t random = 77;
  for (std::size_t i = places.size(); i > 1; --i)
    std::swap(places[i - 1], places[static_cast<std::size_t>(below(random, i))]);
  cases.push_back({"tile edges, shuffled", tokens, 32, [places](auto token, auto& seed) {
                     return draw(seed, {32 + places[static_cast<std::size_t>(token)]},
                                 elsewhere(32));
                   }});
}

void add_decisions(Cases& cases) {
  for (const int tokens : {1, 12, 200, 1200}) {
    cases.push_back({"a best expert in a dropped group", tokens, 96,
                     [](auto, auto& random) { return draw(random, {}, any, 2); }, Logits::decoys});
    cases.push_back({"experts chosen by their bias", tokens, 96,
                     [](auto, auto& random) {
                       return draw(random, {100, 101}, any, 2);
                     },
                     Logits::by_bias});
  }
}

}  // namespace

std::vector<RoutingCase> routing_cases(std::int64_t max_tokens) {
  Cases cases;
  for (const auto add : {add_one_expert, add_none, add_all_local, add_ends, add_random, add_skewed,
                         add_tile_edges, add_decisions})
    add(cases);
  std::erase_if(cases, [&](const RoutingCase& one) { return one.tokens > max_tokens; });
  for (RoutingCase& one : cases)
    one.name += ", T = " + std::to_string(one.tokens) + ", offset " + std::to_string(one.offset);
  return cases;
}

Routing make_routing(const RoutingCase& wanted) {
  std::uint64_t random = static_cast<std::uint64_t>(wanted.tokens) * 1009 + wanted.name.size();
  const auto uniform = [&] { return static_cast<float>(next_random(random) >> 40) / 0x1p24f; };
  Routing made{std::vector<float>(static_cast<std::size_t>(wanted.tokens) * experts),
               std::vector<std::uint16_t>(experts),
               {}};
  for (auto& bias : made.bias) bias = to_bfloat16(next_normal(random) / 64);
  for (std::int64_t t = 0; t < wanted.tokens; ++t) {
    float* const logits = made.logits.data() + t * experts;
    const bool by_bias = wanted.logits == Logits::by_bias;
    const ExpertSet set = by_bias && t > 0 ? made.experts[0] : wanted.choose(t, random);
    made.experts.push_back(set);
    for (int e = 0; e < experts; ++e)
      logits[e] = by_bias ? 2 * uniform() - 1 : std::min(next_normal(random), 0.5f) - 2;
    if (by_bias) continue;
    if (wanted.logits == Logits::decoys) {
      std::array<bool, 8> kept{};
      for (const int e : set) kept[static_cast<std::size_t>(e / group_size)] = true;
      for (int e = 0; e < experts; ++e)
        if (!kept[static_cast<std::size_t>(e / group_size)])
          logits[e] = e % group_size == t % group_size ? 5.0f : -30.0f;
    }
    for (const int e : set) logits[e] = 1 + 2 * uniform();
  }
  if (wanted.logits == Logits::by_bias)
    for (const int e : made.experts[0]) made.bias[static_cast<std::size_t>(e)] = to_bfloat16(1);
  return made;
}

}  // namespace fihost
