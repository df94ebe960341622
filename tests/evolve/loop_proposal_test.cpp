// Mutators, models and compilers that do not do as they should.
#include <doctest/doctest.h>

#include <thread>

#include "core/base/process.hpp"
#include "tests/evolve/toy.hpp"

using namespace fihost;
using namespace fihost::search;
using namespace fihost::search::test;

namespace {

/// `answer` for the first attempt; then what is drawn.
Script first(std::function<Json(const Json&)> answer) {
  return
      [answer = std::move(answer), done = false](const Json& request, const sdk::Context&) mutable {
        if (done) return one_child(source_of(drawn_child(request)));
        done = true;
        return answer(request);
      };
}

/// The outcome of the first attempt of a run whose first answer is `answer`, which must go on.
Attempt outcome_of(const std::function<Json(const Json&)>& answer) {
  Toy toy;
  toy.propose = first(answer);
  toy.request.config.max_iterations = 3;
  CHECK(toy.run().iteration == 3);
  return toy.view().attempt(1);
}

}  // namespace

TEST_CASE("a child that differs in layout only is neither built nor measured") {
  Toy toy;
  const auto once = source_of({.speed = 0.9, .id = 1});
  const auto again = "/* again */\n\n  " + once + "\n// the end\n";
  int calls = 0;
  toy.propose = [&](const Json& request, const sdk::Context&) {
    ++calls;
    if (calls == 1) return one_child(once);
    if (calls == 2) return one_child(again);
    // No edit at all: the parent again.
    if (calls == 3) return one_child(request.at("parents").at(0).at("source").get<std::string>());
    return one_child(source_of(drawn_child(request)));
  };
  toy.request.config.max_iterations = 3;
  CHECK(toy.run().iteration == 3);
  const auto run = toy.view();
  CHECK(run.attempt(1).outcome == Outcome::accepted);
  CHECK(run.attempt(2).outcome == Outcome::duplicate);
  CHECK(run.attempt(2).twin == 1);
  CHECK(run.attempt(2).reason == "the source is that of attempt 1 (accepted)");
  CHECK(run.attempt(2).program == 0);
  CHECK(run.attempt(3).outcome == Outcome::duplicate);
  CHECK(toy.ledger.measurements_of(again) == 0);
  CHECK(std::count(toy.ledger.built.begin(), toy.ledger.built.end(), again) == 0);
}

TEST_CASE("a child with the machine code of another is not measured") {
  Toy toy;
  const auto once = source_of({.speed = 0.9, .id = 1});
  const auto same = once + " int unused = 7;\n";
  int calls = 0;
  toy.propose = [&](const Json& request, const sdk::Context&) {
    ++calls;
    return one_child(calls == 1 ? once : calls == 2 ? same : source_of(drawn_child(request)));
  };
  toy.request.config.max_iterations = 2;
  toy.run();
  CHECK(toy.view().attempt(2).reason == "the machine code is that of attempt 1 (accepted)");
  CHECK(toy.ledger.measurements_of(same) == 0);
}

TEST_CASE("a child that does not compile gets one repair, and says so when it helped") {
  Toy toy;
  const auto repaired = source_of({.speed = 0.9, .id = 1});
  int repairs = 0;
  toy.propose = first([](const Json&) { return one_child(source_of({.broken = true, .id = 5})); });
  toy.repair = [&](const Json& request, const sdk::Context&) {
    ++repairs;
    CHECK(request.at("child").at("source") == source_of({.broken = true, .id = 5}));
    const auto diagnostics = request.at("diagnostics").get<std::string>();
    CHECK(diagnostics.find("broken on purpose") != std::string::npos);
    return one_child(repaired);
  };
  toy.request.config.max_iterations = 1;
  toy.run();
  const auto run = toy.view();
  CHECK(repairs == 1);
  CHECK(run.attempt(1).outcome == Outcome::accepted);
  CHECK(run.attempt(1).repaired);
  CHECK(run.program(2).source == repaired);
}

TEST_CASE("a repair that does not compile either is the last") {
  Toy toy;
  int repairs = 0;
  toy.propose = first([](const Json&) { return one_child(source_of({.broken = true, .id = 5})); });
  toy.repair = [&](const Json&, const sdk::Context&) {
    ++repairs;
    return one_child(source_of({.broken = true, .id = 6}));
  };
  toy.request.config.max_iterations = 1;
  toy.run();
  const auto attempt = toy.view().attempt(1);
  CHECK(repairs == 1);
  CHECK(attempt.outcome == Outcome::build_failed);
  CHECK(!attempt.repaired);
  CHECK(attempt.reason == "candidate.cpp:1: error: broken on purpose");
  CHECK(attempt.source == source_of({.broken = true, .id = 6}));
}

TEST_CASE("a mutator that throws or talks nonsense costs one attempt, with the reason") {
  CHECK(outcome_of([](const Json&) -> Json { throw std::runtime_error("out of ideas"); }).reason ==
        "mutator.scripted: propose failed (INTERNAL): out of ideas");
  CHECK(outcome_of([](const Json&) -> Json { throw std::runtime_error("x"); }).outcome ==
        Outcome::no_proposal);
  for (const auto& nonsense :
       {Json("text"), Json(nullptr), Json{{"children", "none"}}, Json{{"children", {1, 2}}},
        Json{{"children", {{{"source", 7}}}}}, Json{{"offspring", Json::array()}},
        Json{{"children", {{{"source", "int x;"}, {"parents", {-1, 99}}}}}},
        Json{{"children", {{{"source", "int y;"}, {"parents", "all"}}}}},
        Json{{"children", Json::array()}, {"failures", {{{"stage", 3}}}}},
        Json{{"children", {{{"source", "\xff\xfe"}, {"note", "\x80"}}}}}}) {
    CAPTURE(fihost::dump(nonsense));
    const auto attempt = outcome_of([&](const Json&) { return nonsense; });
    CHECK(attempt.outcome != Outcome::pending);
    if (attempt.outcome != Outcome::accepted) CHECK(!attempt.reason.empty());
  }
}

TEST_CASE("a source of a megabyte is refused by max_code_length, and its reason is short") {
  const auto attempt = outcome_of(
      [](const Json&) { return one_child(source_of({.speed = 2, .id = 1, .padding = 1 << 20})); });
  CHECK(attempt.outcome == Outcome::no_proposal);
  CHECK(attempt.reason.find("more than max_code_length (200000)") != std::string::npos);
  CHECK(attempt.reason.size() < 200);
}

TEST_CASE("a model that fails is the attempt's reason") {
  Toy toy;
  int calls = 0;
  toy.complete = [&](const Json&, const sdk::Context&) -> Json {
    if (++calls == 1) throw sdk::Error(FIHOST_INTERNAL, "401 Unauthorized: wrong key");
    return {{"text", "fine"}};
  };
  toy.propose = [](const Json& request, const sdk::Context& context) {
    static_cast<void>(context.ask("llm", "complete", {{"messages", Json::array()}}));
    return one_child(source_of(drawn_child(request)));
  };
  toy.request.config.max_iterations = 2;
  CHECK(toy.run().iteration == 2);
  const auto run = toy.view();
  CHECK(run.attempt(1).outcome == Outcome::llm_failed);
  CHECK(run.attempt(1).reason.find("401 Unauthorized: wrong key") != std::string::npos);
  const auto exchanges = run.exchanges(1);
  REQUIRE(exchanges.size() == 1);
  CHECK(exchanges[0].error.find("401 Unauthorized: wrong key") != std::string::npos);
}

TEST_CASE("what a backend warns of is told once, whatever its numbers") {
  Toy toy;
  int calls = 0;
  toy.complete = [&](const Json&, const sdk::Context&) -> Json {
    const auto tokens = std::to_string(5000 + ++calls);
    return {{"text", "fine"}, {"warnings", {"the prompt has " + tokens + " tokens of 4096"}}};
  };
  toy.propose = [](const Json& request, const sdk::Context& context) {
    static_cast<void>(context.ask("llm", "complete", {{"messages", Json::array()}}));
    return one_child(source_of(drawn_child(request)));
  };
  std::vector<std::string> warnings;
  toy.observer.line = [&](const std::string& text) {
    if (text.rfind("warning: ", 0) == 0) warnings.push_back(text);
  };
  toy.request.config.max_iterations = 3;
  CHECK(toy.run().iteration == 3);
  CHECK(warnings == std::vector<std::string>{"warning: the prompt has 5001 tokens of 4096"});
}

TEST_CASE("a proposal that takes too long is cancelled, and the others go on meanwhile") {
  for (const bool deterministic : {true, false}) {
    Toy toy;
    std::atomic<bool> first_call = true, cancelled = false;
    toy.propose = [&](const Json& request, const sdk::Context& context) {
      if (first_call.exchange(false)) {
        while (!context.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        cancelled = true;
        context.check_cancelled();
      }
      return one_child(source_of(drawn_child(request)));
    };
    toy.request.config.deterministic = deterministic;
    toy.request.config.evaluator.proposal_timeout_s = 0.3;
    toy.request.config.max_iterations = 5;
    CHECK(toy.run().iteration == 5);
    CHECK(cancelled);
    std::vector<std::string> late;
    for (const auto& attempt : toy.view().attempts()) {
      if (attempt.outcome == Outcome::timed_out) late.push_back(attempt.reason);
    }
    CHECK(late == std::vector<std::string>{"no proposal within 0.3 s"});
  }
}
