// Who may live, and who is promoted: what is wrong or was lucky gets nowhere.
#include <doctest/doctest.h>

#include <set>

#include "tests/evolve/toy.hpp"

using namespace fihost;
using namespace fihost::search;
using namespace fihost::search::test;

namespace {

/// Gives these sources one after the other, then the same kind of slow ones.
Script these(std::vector<std::string> sources) {
  return [sources = std::move(sources), next = std::size_t{0}](const Json&,
                                                               const sdk::Context&) mutable {
    const auto i = next++;
    if (i < sources.size()) return one_child(sources[i]);
    return one_child(source_of({.speed = 0.97, .id = static_cast<int>(1000 + i)}));
  };
}

Program with_source(const RunStore& run, const std::string& source) {
  for (const auto& [id, program] : programs_of(run)) {
    if (program.source == source) return program;
  }
  FAIL("the run has no such program");
  return {};
}

std::set<ProgramId> placed(const RunStore& run) {
  std::set<ProgramId> ids;
  for (const auto& placement : run.placements()) ids.insert(placement.program);
  return ids;
}

}  // namespace

TEST_CASE("a wrong child is never champion, parent, elite or inspiration") {
  Toy toy;
  toy.request.config.early_stopping_patience = 0;
  // Half of the children are wrong, and would be the fastest of all.
  toy.propose = [](const Json& request, const sdk::Context&) {
    auto traits = drawn_child(request);
    traits.wrong = request.at("seed").get<std::uint64_t>() % 2 == 0;
    if (traits.wrong) traits.speed *= 3;
    return one_child(source_of(traits));
  };
  const auto end = toy.run();
  CHECK(end.champion.correct());
  const auto run = toy.view();
  const auto programs = programs_of(run);
  std::set<ProgramId> wrong;
  for (const auto& [id, program] : programs) {
    if (!program.correct()) wrong.insert(id);
    if (traits_of(program.source).wrong) {
      CHECK(program.result.verdict == Status::incorrect_numerical);
      CHECK(!program.result.score);
    }
  }
  CHECK(wrong.size() > 60);
  for (const auto id : placed(run)) CHECK(wrong.count(id) == 0);
  for (const auto& attempt : run.attempts()) {
    for (const auto parent : attempt.parents) CHECK(wrong.count(parent) == 0);
  }
  for (const auto& [id, program] : programs) {
    for (const auto parent : program.parents) CHECK(wrong.count(parent) == 0);
  }
}

TEST_CASE("a lucky child is not promoted, and patience goes on") {
  Toy toy;
  std::vector<std::string> lucky;
  for (int i = 0; i < 10; ++i) {
    lucky.push_back(source_of({.speed = 1, .lucky = 1.2 + 0.02 * i, .id = i + 1}));
  }
  toy.propose = these(lucky);
  toy.request.config.early_stopping_patience = 10;
  const auto end = toy.run();
  CHECK(end.iteration == 10);
  CHECK(end.improvements == 0);
  CHECK(end.champion.id == end.seed.id);
  CHECK(toy.ledger.matches.size() == 11);  // the first is the seed against itself
  const auto run = toy.view();
  for (const auto& source : lucky) {
    // Its score is what the rematch found, so that its luck does not make it a parent either.
    CHECK(*with_source(run, source).result.score == doctest::Approx(1).epsilon(0.02));
  }
  for (const auto& rematch : run.rematches()) {
    CHECK(!rematch.won);
    CHECK(rematch.champion == 1);
  }
}

TEST_CASE("a child that is better also side by side is promoted, once") {
  Toy toy;
  const auto better = source_of({.speed = 1.3, .id = 1});
  toy.propose = these({better});
  toy.request.config.early_stopping_patience = 4;
  std::vector<std::string> champions;
  toy.observer.champion = [&](const Program& champion, const std::filesystem::path& object) {
    champions.push_back(champion.source);
    CHECK(read_text(object) == champion.source);
  };
  const auto end = toy.run();
  CHECK(end.champion.source == better);
  CHECK(end.improvements == 1);
  CHECK(end.iteration == 5);
  CHECK(champions == std::vector<std::string>{toy.request.seed_source, better});
  int improvements = 0;
  for (const auto& attempt : toy.view().attempts()) improvements += attempt.improvement ? 1 : 0;
  CHECK(improvements == 1);
}

TEST_CASE("a child that fails when it is timed again is wrong") {
  Toy toy;
  const auto breaks = source_of({.speed = 1.5, .breaks = true, .id = 1});
  toy.propose = these({breaks});
  toy.request.config.early_stopping_patience = 5;
  const auto end = toy.run();
  CHECK(end.champion.id == end.seed.id);
  const auto run = toy.view();
  const auto program = with_source(run, breaks);
  CHECK(!program.correct());
  CHECK(!program.result.score);
  CHECK(run.attempt(program.attempt).outcome == Outcome::incorrect);
  CHECK(run.attempt(program.attempt).reason == "it passed, and failed when it was timed again");
  CHECK(placed(run).count(program.id) == 0);
  for (const auto& [id, other] : programs_of(run)) {
    for (const auto parent : other.parents) CHECK(parent != program.id);
  }
}

TEST_CASE(
    "a champion that fails when it is timed again is expelled, and the next best takes over") {
  Toy toy;
  const auto good = source_of({.speed = 1.2, .id = 1});
  const auto rotten = source_of({.speed = 1.4, .rots = true, .id = 2});
  const auto best = source_of({.speed = 1.6, .id = 3});
  toy.propose = these({good, rotten, best});
  toy.request.config.early_stopping_patience = 6;
  std::vector<std::string> champions;
  toy.observer.champion = [&](const Program& champion, const std::filesystem::path& object) {
    champions.push_back(champion.source);
    CHECK(read_text(object) == champion.source);
  };
  const auto end = toy.run();
  CHECK(end.champion.source == best);
  // The last match was held against the one before, not against the expelled.
  REQUIRE(toy.ledger.matches.size() >= 5);
  CHECK(toy.ledger.matches[3] == std::pair(best, rotten));
  CHECK(toy.ledger.matches[4] == std::pair(best, good));
  CHECK(champions == std::vector<std::string>{toy.request.seed_source, good, rotten, good, best});
  const auto run = toy.view();
  const auto program = with_source(run, rotten);
  CHECK(!program.correct());
  CHECK(!program.result.score);
  CHECK(run.attempt(program.attempt).reason ==
        "it was the champion, and failed when it was timed again");
  std::vector<std::pair<ProgramId, ProgramId>> failed;
  for (const auto& rematch : run.rematches()) {
    if (rematch.champion_failed) failed.emplace_back(rematch.challenger, rematch.champion);
  }
  CHECK(failed == std::vector{std::pair(with_source(run, best).id, program.id)});
  for (const auto& [id, other] : programs_of(run)) {
    if (id > with_source(run, best).id) {
      for (const auto parent : other.parents) CHECK(parent != program.id);
    }
  }
}

TEST_CASE("a seed that fails when it is timed again stays, and nothing is promoted by that") {
  Toy toy;
  toy.request.seed_source = source_of({.rots = true});
  toy.propose = these({source_of({.speed = 1.5, .id = 1})});
  toy.request.config.early_stopping_patience = 3;
  const auto end = toy.run();
  CHECK(end.champion.id == 1);
  CHECK(end.improvements == 0);
  const auto rematches = toy.view().rematches();
  REQUIRE(rematches.size() == 2);
  CHECK(rematches[1].champion_failed);
}
