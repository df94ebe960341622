#include "core/search/population.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.hpp"
#include "core/search/fitness.hpp"
#include "core/search/inspiration.hpp"
#include "core/search/migration.hpp"
#include "core/search/parent_choice.hpp"

namespace fihost::search {
namespace {

/// Seed, champion and newcomer cannot go; one more place, and there is something to choose.
constexpr std::size_t smallest_share = 4;

}  // namespace

Population::Population(const DatabaseConfig& config, Find find)
    : config_(config),
      find_(std::move(find)),
      islands_(std::max<std::size_t>(1, config.num_islands)) {
  share_ = std::max(smallest_share, config.population_size / islands_.size());
  (void)cell_of(Program{}, config_, {});  // refuses unknown dimensions
}

Island& Population::at(int island) { return const_cast<Island&>(std::as_const(*this).at(island)); }

const Island& Population::at(int island) const {
  if (island < 0 || static_cast<std::size_t>(island) >= islands_.size()) {
    throw Error(fmt::format("no island {}; there are {}", island, islands_.size()),
                Fault::internal);
  }
  return islands_[static_cast<std::size_t>(island)];
}

std::size_t Population::copies(ProgramId program) const {
  return static_cast<std::size_t>(
      std::count_if(islands_.begin(), islands_.end(),
                    [&](const Island& island) { return member_of(island, program) != nullptr; }));
}

bool Population::lives(ProgramId program) const { return copies(program) > 0; }

void Population::add_seed(ProgramId seed) {
  const auto& program = find_(seed);
  if (seed_ != 0) throw Error("a population has one seed", Fault::internal);
  if (!eligible(program)) {
    throw Error(fmt::format("{} cannot be a seed: it did not pass on every workload of the run, "
                            "or has no score",
                            program.name),
                Fault::usage);
  }
  seed_ = champion_ = seed;
  regimes_ = regimes_of(program);
  for (auto& island : islands_) enter(program, island, false, false);
}

ProgramId Population::owner(const Program& program, int island) const {
  return owner_of(at(island), cell_of(program, config_, regimes_));
}

Admission Population::admit(const Program& program, int island, bool beats_owner) {
  auto& home = at(island);
  if (!eligible(program) || member_of(home, program.id) != nullptr) return {};
  return enter(program, home, beats_owner, false);
}

Admission Population::enter(const Program& program, Island& island, bool takes_cell, bool migrant) {
  Admission admission;
  const ProgramId newcomer = program.id;
  admission.entered = true;
  admission.cell = cell_of(program, config_, regimes_);
  admission.replaced = place(island, {newcomer, admission.cell, migrant, false}, takes_cell);
  while (island.members.size() > share_) {
    const ProgramId leaving = dispensable(island, newcomer);
    if (leaving == 0) break;
    remove(island, leaving, find_);
    if (!lives(leaving)) admission.evicted.push_back(leaving);
  }
  forget(admission.evicted);
  return admission;
}

ProgramId Population::dispensable(const Island& island, ProgramId newcomer) const {
  const Member* worst = nullptr;
  const auto worse = [&](const Member& a, const Member& b) {
    const bool a_owns = owns_cell(island, a), b_owns = owns_cell(island, b);
    return a_owns != b_owns ? b_owns : ahead(find_(b.program), find_(a.program));
  };
  for (const auto& member : island.members) {
    const ProgramId program = member.program;
    const bool kept = program == seed_ || program == champion_;
    if (program == newcomer || (kept && copies(program) == 1)) continue;
    if (worst == nullptr || worse(member, *worst)) worst = &member;
  }
  return worst != nullptr ? worst->program : 0;
}

void Population::forget(const std::vector<ProgramId>& programs) {
  for (const ProgramId program : programs) children_.erase(program);
}

void Population::set_champion(ProgramId program) {
  if (!lives(program)) {
    throw Error(fmt::format("program {} cannot be the champion: it lives nowhere", program),
                Fault::internal);
  }
  champion_ = program;
}

ProgramId Population::choose_parent(int island, Random& random) const {
  const auto& home = at(island);
  if (seed_ == 0) throw Error("a population without a seed has no parents", Fault::internal);
  const auto& members = home.members;
  if (config_.parent_selection == ParentSelection::best_of_n) return seed_;
  if (config_.parent_selection == ParentSelection::random_parent) {
    return members[draw_below(random, members.size())].program;
  }
  if (draw_unit(random) < config_.exploration_ratio) {
    const auto cell = static_cast<std::ptrdiff_t>(draw_below(random, home.cells.size()));
    return std::next(home.cells.begin(), cell)->second;
  }
  std::vector<double> scores;
  std::vector<std::size_t> families;
  for (const auto& member : members) {
    scores.push_back(find_(member.program).result.score.value());
    families.push_back(children(member.program));
  }
  return members[draw_weighted(random, parent_weights(scores, families))].program;
}

std::vector<ProgramId> Population::inspirations(int island, ProgramId parent, std::size_t top,
                                                std::size_t diverse, Random& random) const {
  return inspirations_of(at(island), parent, top, diverse, random, find_);
}

ProgramId Population::complement(int island, ProgramId parent) const {
  return complement_of(at(island), parent, find_);
}

void Population::count_child(ProgramId parent) {
  if (lives(parent)) ++children_[parent];
}

void Population::count_evaluated(int island) {
  auto& home = at(island);
  ++home.evaluated;
  ++home.since_migration;
}

void Population::count_failed(int island) { ++at(island).failed; }

int Population::next_island() const {
  const auto fewest =
      std::min_element(islands_.begin(), islands_.end(), [](const Island& a, const Island& b) {
        return a.evaluated + a.failed < b.evaluated + b.failed;
      });
  return static_cast<int>(fewest - islands_.begin());
}

std::vector<Migration> Population::migrate(int island) {
  auto& home = at(island);
  if (home.since_migration < config_.migration_interval) return {};
  home.since_migration = 0;
  if (islands_.size() < 2) return {};
  const int next = static_cast<int>((static_cast<std::size_t>(island) + 1) % islands_.size());
  auto& target = at(next);
  std::vector<Migration> done;
  for (const ProgramId id : emigrants(home, target, config_.migration_rate, seed_, find_)) {
    const auto& program = find_(id);
    const ProgramId owner = owner_of(target, cell_of(program, config_, regimes_));
    const bool takes = owner == 0 || clearly_ahead(program, find_(owner));
    done.push_back({id, island, next, enter(program, target, takes, true)});
  }
  return done;
}

std::vector<ProgramId> Population::restart(int island) {
  auto& home = at(island);
  std::vector<Member> before = std::move(home.members);
  home.members.clear();
  home.cells.clear();
  home.since_migration = 0;
  for (const ProgramId kept : {champion_, seed_}) {
    if (member_of(home, kept) != nullptr) continue;
    const auto was = std::find_if(before.begin(), before.end(),
                                  [&](const Member& member) { return member.program == kept; });
    const auto& program = find_(kept);
    const bool here = was != before.end();
    place(home,
          {kept, cell_of(program, config_, regimes_), !here || was->migrant, here && was->migrated},
          false);
  }
  std::vector<ProgramId> gone;
  for (const auto& member : before) {
    if (!lives(member.program)) gone.push_back(member.program);
  }
  forget(gone);
  return gone;
}

void Population::expel(ProgramId program) {
  if (program == seed_) throw Error("the seed cannot be expelled", Fault::internal);
  for (auto& island : islands_) {
    remove(island, program, find_);
    if (island.members.empty()) enter(find_(seed_), island, false, false);
  }
  forget({program});
  if (champion_ == program) champion_ = ranked_living().front();
}

const std::vector<Member>& Population::members(int island) const { return at(island).members; }

const std::map<std::string, ProgramId>& Population::cells(int island) const {
  return at(island).cells;
}

std::size_t Population::evaluated(int island) const { return at(island).evaluated; }

std::size_t Population::children(ProgramId program) const {
  const auto found = children_.find(program);
  return found != children_.end() ? found->second : 0;
}

std::set<ProgramId> Population::living() const {
  std::set<ProgramId> all;
  for (const auto& island : islands_) {
    for (const auto& member : island.members) all.insert(member.program);
  }
  return all;
}

std::vector<ProgramId> Population::ranked_living() const {
  const auto all = living();
  std::vector<ProgramId> best(all.begin(), all.end());
  std::sort(best.begin(), best.end(),
            [&](ProgramId a, ProgramId b) { return ahead(find_(a), find_(b)); });
  return best;
}

std::vector<ProgramId> Population::archive() const {
  auto best = ranked_living();
  best.resize(std::min(best.size(), config_.archive_size));
  return best;
}

std::vector<ProgramId> Population::regime_champions() const {
  if (seed_ == 0) return {};
  std::vector<ProgramId> fastest(find_(seed_).result.workloads.size(), 0);
  for (const ProgramId id : living()) {
    for (std::size_t i = 0; i < fastest.size(); ++i) {
      const double mine = latency_ms(find_(id), i);
      if (std::isnan(mine)) continue;
      if (fastest[i] == 0 || mine < latency_ms(find_(fastest[i]), i)) fastest[i] = id;
    }
  }
  return fastest;
}

Json Population::state() const {
  Json islands = Json::array(), children = Json::array();
  for (const auto& island : islands_) islands.push_back(to_json(island));
  for (const auto& [program, count] : children_) children.push_back({program, count});
  return {{"seed", seed_},
          {"champion", champion_},
          {"islands", std::move(islands)},
          {"children", std::move(children)}};
}

void Population::restore(const Json& state) {
  Population other(config_, find_);
  try {
    const auto& islands = state.at("islands");
    if (islands.size() != islands_.size()) {
      throw Error(fmt::format("the run was made with {} islands, the configuration says {}; set "
                              "database.num_islands back",
                              islands.size(), islands_.size()),
                  Fault::usage);
    }
    for (std::size_t i = 0; i < islands.size(); ++i) other.islands_[i] = parse_island(islands[i]);
    for (const auto& item : state.at("children")) {
      other.children_[item.at(0).get<ProgramId>()] = item.at(1).get<std::size_t>();
    }
    other.seed_ = state.at("seed").get<ProgramId>();
    other.champion_ = state.at("champion").get<ProgramId>();
  } catch (const Json::exception& error) {
    fail("the saved population cannot be read: {}; the run's file is damaged", error.what());
  }
  if (other.seed_ != 0) {
    if (!other.lives(other.seed_) || !other.lives(other.champion_)) {
      fail("the saved population has lost its seed or its champion; the run's file is damaged");
    }
    other.regimes_ = regimes_of(find_(other.seed_));
  }
  *this = std::move(other);
}

}  // namespace fihost::search
