#include "core/search/inspiration.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "core/search/fitness.hpp"

namespace fihost::search {
namespace {

/// Moves up to `count` members of `pool`, drawn without putting back, to `chosen`.
void draw_some(std::vector<ProgramId> pool, std::size_t count, Random& random,
               std::vector<ProgramId>& chosen) {
  for (; count > 0 && !pool.empty(); --count) {
    const auto at = pool.begin() + static_cast<std::ptrdiff_t>(draw_below(random, pool.size()));
    chosen.push_back(*at);
    pool.erase(at);
  }
}

/// Mean over the workloads of log(latency / the faster one's latency); NaN when one is missing.
double gain_with(const Program& parent, const Program& partner) {
  const auto count = parent.result.workloads.size();
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double gain = std::log(latency_ms(parent, i) / latency_ms(partner, i));
    sum += std::isnan(gain) ? gain : std::max(gain, 0.0);
  }
  return sum / static_cast<double>(count);
}

}  // namespace

std::vector<ProgramId> inspirations_of(const Island& island, ProgramId parent, std::size_t top,
                                       std::size_t diverse, Random& random,
                                       const FindProgram& find) {
  std::vector<ProgramId> chosen;
  std::set<std::string> seen_cells;
  std::set<ProgramId> seen;
  const auto see = [&](const Member& member) {
    seen.insert(member.program);
    seen_cells.insert(member.cell);
  };
  seen.insert(parent);
  if (const auto* member = member_of(island, parent)) see(*member);
  for (const ProgramId program : best_first(island, find)) {
    if (chosen.size() >= top) break;
    if (program == parent) continue;
    chosen.push_back(program);
    see(*member_of(island, program));
  }
  std::vector<ProgramId> elsewhere, rest;
  for (const auto& member : island.members) {
    if (seen.contains(member.program)) continue;
    const bool elite = owns_cell(island, member) && !seen_cells.contains(member.cell);
    (elite ? elsewhere : rest).push_back(member.program);
  }
  const auto from_rest = diverse - std::min(diverse, elsewhere.size());
  draw_some(std::move(elsewhere), diverse, random, chosen);
  draw_some(std::move(rest), from_rest, random, chosen);
  std::sort(chosen.begin(), chosen.end(),
            [&](ProgramId a, ProgramId b) { return ahead(find(a), find(b)); });
  return chosen;
}

ProgramId complement_of(const Island& island, ProgramId parent, const FindProgram& find) {
  ProgramId best = 0;
  double most_gained = tie_floor;
  for (const auto& member : island.members) {
    if (member.program == parent) continue;
    const double gained = gain_with(find(parent), find(member.program));
    if (!(gained > most_gained)) continue;
    most_gained = gained;
    best = member.program;
  }
  return best;
}

}  // namespace fihost::search
