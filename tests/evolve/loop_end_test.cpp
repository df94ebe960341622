// What ends a run, and what a long one looks like.
#include <doctest/doctest.h>

#include <set>

#include "tests/evolve/toy.hpp"

using namespace fihost;
using namespace fihost::search;
using namespace fihost::search::test;

namespace {

/// Always something new and slower.
Script never_better() {
  return [](const Json& request, const sdk::Context&) {
    auto traits = drawn_child(request);
    traits = {.speed = 0.95, .id = traits.id};
    return one_child(source_of(traits));
  };
}

}  // namespace

TEST_CASE("two hundred children on three islands get faster, and migrate") {
  Toy toy;
  toy.request.config.early_stopping_patience = 0;
  const auto end = toy.run();
  CHECK(end.iteration == 200);
  CHECK(end.reason == "200 children were evaluated (max_iterations)");
  CHECK(!end.interrupted);
  CHECK(end.improvements >= 3);
  const auto run = toy.view();
  const auto programs = programs_of(run);
  CHECK(programs.size() == 201);
  // The champion is what the toy says of it, not what luck said.
  const double speed = traits_of(end.champion.source).speed;
  CHECK(speed > 1.1);
  CHECK(*end.champion.result.score == doctest::Approx(speed).epsilon(0.02));
  std::map<int, int> born;
  for (const auto& [id, program] : programs) {
    if (id > 1) ++born[program.island];
  }
  CHECK(born.size() == 3);
  for (const auto& [island, count] : born) CHECK(count > 40);
  int migrants = 0;
  std::set<int> targets;
  for (const auto& placement : run.placements()) {
    if (!placement.migrant) continue;
    ++migrants;
    targets.insert(placement.island);
    const auto& program = programs.at(placement.program);
    CHECK(program.correct());
    CHECK(program.island != placement.island);
  }
  CHECK(migrants >= 3);
  CHECK(targets.size() == 3);
  CHECK(run.end_note() == end.reason);
  CHECK(run.pending().empty());
}

TEST_CASE("attempts at a time do not lose or invent children") {
  Toy toy;
  toy.request.config.deterministic = false;
  toy.request.config.parallel_proposals = 4;
  toy.request.config.early_stopping_patience = 0;
  const auto end = toy.run();
  CHECK(end.iteration == 200);
  const auto run = toy.view();
  CHECK(run.program_ids().size() == 201);
  std::size_t evaluated = 0;
  for (const auto& attempt : run.attempts()) {
    CHECK(attempt.outcome != Outcome::pending);
    if (attempt.program != 0) ++evaluated;
  }
  CHECK(evaluated == 200);
}

TEST_CASE("patience ends a run after so many evaluated children, and counts nothing else") {
  Toy toy;
  int calls = 0;
  toy.propose = [&, better = never_better()](const Json& request, const sdk::Context& context) {
    // Every second attempt is no child at all.
    if (++calls % 2 == 0) return Json{{"children", Json::array()}};
    return better(request, context);
  };
  toy.request.config.early_stopping_patience = 12;
  const auto end = toy.run();
  CHECK(end.iteration == 12);
  CHECK(end.proposals >= 23);
  CHECK(end.improvements == 0);
  CHECK(end.reason == "12 children in a row brought no improvement beyond the noise");
  CHECK(end.champion.id == end.seed.id);
}

TEST_CASE("max_iterations is not passed, also with attempts in flight") {
  for (const bool deterministic : {true, false}) {
    Toy toy;
    toy.request.config.deterministic = deterministic;
    toy.request.config.parallel_proposals = 6;
    toy.request.config.max_iterations = 7;
    CHECK(toy.run().iteration == 7);
    CHECK(toy.view().program_ids().size() == 8);
  }
}

TEST_CASE("a target score ends a run as soon as the champion has it") {
  Toy toy;
  toy.propose = [](const Json& request, const sdk::Context&) {
    auto traits = traits_of(request.at("parents").at(0).at("source").get<std::string>());
    traits.id = static_cast<int>(request.at("seed").get<std::uint64_t>() % 1'000'000);
    traits.speed *= 1.1;
    return one_child(source_of(traits));
  };
  toy.request.config.target_score = 1.25;
  const auto end = toy.run();
  CHECK(end.reason == "the target score 1.25 is reached");
  CHECK(*end.champion.result.score >= 1.25);
  CHECK(*end.champion.result.score < 1.25 * 1.12);
}

TEST_CASE("a budget of tokens ends a run, and no model is asked after it") {
  Toy toy;
  int asked = 0;
  toy.complete = [&](const Json&, const sdk::Context&) {
    ++asked;
    return Json{{"text", "x"}, {"usage", {{"input_tokens", 700}, {"output_tokens", 300}}}};
  };
  toy.propose = [](const Json& request, const sdk::Context& context) {
    static_cast<void>(context.ask("llm", "complete", {{"messages", Json::array()}}));
    return one_child(source_of(drawn_child(request)));
  };
  toy.request.config.budget.llm_tokens = 5'000;
  const auto end = toy.run();
  CHECK(end.reason == "the budget is spent: llm_tokens: 5000 of 5000");
  CHECK(asked == 5);
}

TEST_CASE("attempts that come to nothing end a run after max_failures in a row") {
  Toy toy;
  toy.propose = [](const Json&, const sdk::Context&) {
    return Json{{"children", Json::array()},
                {"failures", {{{"stage", "edit"}, {"reason", "SEARCH matches nothing"}}}}};
  };
  toy.request.config.max_failures = 9;
  const auto end = toy.run();
  CHECK(end.proposals == 9);
  CHECK(end.iteration == 0);
  CHECK(end.reason ==
        "9 attempts in a row came to no new program; the last: SEARCH matches nothing");
  for (const auto& attempt : toy.view().attempts()) {
    CHECK(attempt.outcome == Outcome::no_proposal);
    CHECK(attempt.reason == "SEARCH matches nothing");
  }
}

TEST_CASE("a seed that is wrong, or does not compile, starts no run") {
  Toy wrong;
  wrong.request.seed_source = source_of({.wrong = true});
  CHECK_THROWS_WITH_AS(static_cast<void>(wrong.run()),
                       doctest::Contains("the seed seed is not right"), Error);
  Toy broken;
  broken.request.seed_source = source_of({.broken = true});
  CHECK_THROWS_WITH_AS(static_cast<void>(broken.run()),
                       doctest::Contains("candidate.cpp:1: error: broken on purpose"), Error);
}

TEST_CASE("the baselines of parent selection run, and improve nothing but the seed or anybody") {
  Toy best;
  best.request.config.database.parent_selection = ParentSelection::best_of_n;
  best.request.config.max_iterations = 60;
  best.request.config.early_stopping_patience = 0;
  CHECK(best.run().iteration == 60);
  for (const auto& [id, program] : programs_of(best.view())) {
    if (id > 1) CHECK(program.parents == std::vector<ProgramId>{1});
  }
  Toy random;
  random.request.config.database.parent_selection = ParentSelection::random_parent;
  random.request.config.max_iterations = 60;
  random.request.config.early_stopping_patience = 0;
  CHECK(random.run().iteration == 60);
  std::set<ProgramId> parents;
  for (const auto& [id, program] : programs_of(random.view())) {
    if (id > 1) parents.insert(program.parents.front());
  }
  CHECK(parents.size() > 10);
}
