#include "core/search/migration.hpp"

#include <algorithm>
#include <cstddef>

#include "core/search/fitness.hpp"

namespace fihost::search {
namespace {

bool same(const std::string& a, const std::string& b) { return !a.empty() && a == b; }

}  // namespace

bool has_twin(const Island& island, const Program& program, const FindProgram& find) {
  return std::any_of(island.members.begin(), island.members.end(), [&](const Member& member) {
    const auto& other = find(member.program);
    return other.id == program.id || same(other.source_digest, program.source_digest) ||
           same(other.code_digest, program.code_digest);
  });
}

std::vector<ProgramId> emigrants(Island& island, const Island& target, double rate, ProgramId seed,
                                 const FindProgram& find) {
  std::vector<Member*> natives;
  for (auto& member : island.members) {
    if (!member.migrant && member.program != seed) natives.push_back(&member);
  }
  std::sort(natives.begin(), natives.end(), [&](const Member* a, const Member* b) {
    return ahead(find(a->program), find(b->program));
  });
  const auto share = static_cast<std::size_t>(static_cast<double>(natives.size()) * rate);
  natives.resize(std::min(natives.size(), rate > 0 ? std::max<std::size_t>(1, share) : 0));
  std::vector<ProgramId> chosen;
  for (Member* member : natives) {
    if (member->migrated) continue;
    member->migrated = true;
    if (!has_twin(target, find(member->program), find)) chosen.push_back(member->program);
  }
  return chosen;
}

}  // namespace fihost::search
