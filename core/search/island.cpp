#include "core/search/island.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/search/fitness.hpp"

namespace fihost::search {

const Member* member_of(const Island& island, ProgramId program) {
  for (const auto& member : island.members) {
    if (member.program == program) return &member;
  }
  return nullptr;
}

ProgramId owner_of(const Island& island, const std::string& cell) {
  const auto found = island.cells.find(cell);
  return found != island.cells.end() ? found->second : 0;
}

bool owns_cell(const Island& island, const Member& member) {
  return owner_of(island, member.cell) == member.program;
}

ProgramId place(Island& island, Member newcomer, bool takes_cell) {
  ProgramId& owner = island.cells[newcomer.cell];
  const ProgramId until_now = owner;
  const bool takes = until_now == 0 || takes_cell;
  if (takes) owner = newcomer.program;
  island.members.push_back(std::move(newcomer));
  return takes ? until_now : 0;
}

void remove(Island& island, ProgramId program, const FindProgram& find) {
  const auto leaving =
      std::find_if(island.members.begin(), island.members.end(),
                   [&](const Member& member) { return member.program == program; });
  if (leaving == island.members.end()) return;
  const bool owned = owns_cell(island, *leaving);
  const std::string cell = std::move(leaving->cell);
  island.members.erase(leaving);
  if (!owned) return;
  ProgramId heir = 0;
  for (const auto& member : island.members) {
    if (member.cell != cell) continue;
    if (heir == 0 || ahead(find(member.program), find(heir))) heir = member.program;
  }
  if (heir != 0) {
    island.cells[cell] = heir;
  } else {
    island.cells.erase(cell);
  }
}

std::vector<ProgramId> best_first(const Island& island, const FindProgram& find) {
  std::vector<ProgramId> order;
  for (const auto& member : island.members) order.push_back(member.program);
  std::sort(order.begin(), order.end(),
            [&](ProgramId a, ProgramId b) { return ahead(find(a), find(b)); });
  return order;
}

Json to_json(const Island& island) {
  Json members = Json::array();
  for (const auto& member : island.members) {
    members.push_back({{"program", member.program},
                       {"cell", member.cell},
                       {"owner", owns_cell(island, member)},
                       {"migrant", member.migrant},
                       {"migrated", member.migrated}});
  }
  return {{"evaluated", island.evaluated},
          {"failed", island.failed},
          {"since_migration", island.since_migration},
          {"members", std::move(members)}};
}

Island parse_island(const Json& json) {
  Island island;
  island.evaluated = json.at("evaluated").get<std::size_t>();
  island.failed = json.at("failed").get<std::size_t>();
  island.since_migration = json.at("since_migration").get<std::size_t>();
  for (const auto& item : json.at("members")) {
    Member member{item.at("program").get<ProgramId>(), item.at("cell").get<std::string>(),
                  item.at("migrant").get<bool>(), item.at("migrated").get<bool>()};
    if (item.at("owner").get<bool>()) {
      const bool first = island.cells.emplace(member.cell, member.program).second;
      if (!first) fail("the cell \"{}\" has two owners; the state is damaged", member.cell);
    }
    island.members.push_back(std::move(member));
  }
  for (const auto& member : island.members) {
    if (owner_of(island, member.cell) == 0) {
      fail("the cell \"{}\" has no owner; the state is damaged", member.cell);
    }
  }
  return island;
}

}  // namespace fihost::search
