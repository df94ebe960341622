// The same run again: by its seed, after an interruption, from its record; and when it is long.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "tests/evolve/toy.hpp"

using namespace fihost;
using namespace fihost::search;
using namespace fihost::search::test;

namespace {

/// A run of 80 children that asks a model for each of them.
void ask_a_model(Toy& toy) {
  toy.request.config.max_iterations = 80;
  toy.request.config.early_stopping_patience = 0;
  toy.complete = [](const Json& request, const sdk::Context&) {
    return Json{{"text", source_of(drawn_child(request.at("for")))},
                {"usage", {{"input_tokens", 10}, {"output_tokens", 5}}}};
  };
  toy.propose = [](const Json& request, const sdk::Context& context) {
    const Json question = {
        {"messages", Json::array()},
        {"told", request.at("sections")},
        {"for",
         {{"seed", request.at("seed")},
          {"parents", {{{"source", request.at("parents").at(0).at("source")}}}}}}};
    return one_child(context.ask("llm", "complete", question).at("text").get<std::string>());
  };
}

/// The loop cancels what is in flight when it learns of a stop.
void stop_and_wait(std::stop_source& stop, const sdk::Context& context) {
  stop.request_stop();
  while (!context.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  context.check_cancelled();
}

std::vector<std::string> lineage_of(std::uint64_t seed) {
  Toy toy;
  ask_a_model(toy);
  toy.request.config.random_seed = seed;
  toy.run();
  return lineage(toy.view());
}

}  // namespace

TEST_CASE("a deterministic run is the same again, and another with another seed") {
  const auto once = lineage_of(7);
  CHECK(once.size() > 160);
  CHECK(lineage_of(7) == once);
  CHECK(lineage_of(8) != once);
}

TEST_CASE("a deterministic run that was stopped and resumed is the one that was not") {
  const auto whole = lineage_of(42);
  Toy toy;
  ask_a_model(toy);
  std::size_t calls = 0, limit = 0;
  std::stop_source stop;
  toy.propose = [&, inner = toy.propose](const Json& request, const sdk::Context& context) {
    if (++calls == limit) stop_and_wait(stop, context);
    return inner(request, context);
  };
  for (const std::size_t next : {3, 21, 24, 60, 1000}) {
    limit = next;
    stop = {};
    if (next == 3) {
      CHECK(toy.run(stop.get_token()).interrupted);
      continue;
    }
    auto store = RunStore::open(toy.file());
    const auto before = lineage(store).size();
    const auto end = toy.run(store, stop.get_token());
    CHECK(end.interrupted == (next != 1000));
    CHECK(lineage(store).size() > before);
  }
  CHECK(lineage(toy.view()) == whole);
}

TEST_CASE("what a model had answered before the interruption is not asked again") {
  Toy toy;
  ask_a_model(toy);
  std::stop_source stop;
  int asked = 0;
  toy.complete = [&, inner = toy.complete](const Json& request, const sdk::Context& context) {
    ++asked;
    return inner(request, context);
  };
  bool stopped = false;
  toy.propose = [&, inner = toy.propose](const Json& request, const sdk::Context& context) {
    auto reply = inner(request, context);
    if (asked == 10 && !stopped) {
      stopped = true;
      stop_and_wait(stop, context);
    }
    return reply;
  };
  CHECK(toy.run(stop.get_token()).interrupted);
  auto store = RunStore::open(toy.file());
  REQUIRE(store.pending().size() == 1);
  CHECK(store.exchanges(store.pending().front().id).size() == 1);
  const auto end = toy.run(store);
  CHECK(end.iteration == 80);
  CHECK(asked == static_cast<int>(end.proposals));
}

TEST_CASE("a recorded run makes the same decisions without device and model") {
  Toy original;
  ask_a_model(original);
  original.run();
  const auto record = original.view();
  Toy again;
  ask_a_model(again);
  again.recorded = &record;
  int asked = 0;
  again.complete = [&](const Json&, const sdk::Context&) {
    ++asked;
    return Json{{"text", ""}};
  };
  again.run();
  CHECK(asked == 0);
  CHECK(again.ledger.measured.empty());
  CHECK(lineage(again.view()) == lineage(record));
}

TEST_CASE("a replay of a run whose champion was expelled makes the same decisions") {
  const auto script = [](Toy& toy) {
    toy.request.config.early_stopping_patience = 6;
    toy.propose = [calls = 0](const Json&, const sdk::Context&) mutable {
      ++calls;
      return one_child(source_of(
          {.speed = calls < 4 ? 1.0 + 0.2 * calls : 0.97, .rots = calls == 2, .id = calls}));
    };
  };
  Toy original;
  script(original);
  original.run();
  const auto record = original.view();
  Toy again;
  script(again);
  again.recorded = &record;
  again.run();
  CHECK(lineage(again.view()) == lineage(record));
}

namespace {

/// Of all threads of this process, so that what else runs here does not count.
double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// As many programs as if they had been evaluated long ago and evicted.
void add_programs(RunStore& store, std::size_t count) {
  const auto model = store.program(store.last_program());
  while (count > 0) {
    RunEvent event{.kind = "result"};
    for (auto id = store.last_program() + 1; count > 0 && event.programs.size() < 500; ++id) {
      auto program = model;
      program.id = id;
      program.source += fmt::format(" int old = {};\n", id);
      program.source_digest = fmt::format("old source {}", id);
      program.code_digest = fmt::format("old code {}", id);
      event.programs.push_back(std::move(program));
      --count;
    }
    store.record(event);
  }
}

/// Median processor seconds of the host for one child, with `earlier` further programs in the store.
double seconds_a_child(std::size_t earlier) {
  constexpr std::size_t warm = 250, count = 250;
  Toy toy;
  toy.request.config.early_stopping_patience = 0;
  toy.request.config.max_iterations = warm;
  toy.run();
  auto store = RunStore::open(toy.file());
  add_programs(store, earlier);
  toy.request.config.max_iterations = warm + count;
  std::vector<double> seconds;
  double last = cpu_seconds();
  toy.observer.event = [&](const std::string&) {
    const auto now = cpu_seconds();
    seconds.push_back(now - last);
    last = now;
  };
  toy.run(store);
  std::nth_element(seconds.begin(), seconds.begin() + count / 2, seconds.end());
  return seconds[count / 2];
}

}  // namespace

TEST_CASE("a child costs the host no more after ten thousand others") {
  // Others slow the processor down, at one of the two or at both: a cost that grows shows each time.
  double growth = 2;
  for (int attempt = 0; attempt < 3 && growth >= 1.3; ++attempt) {
    const double young = seconds_a_child(0), old = seconds_a_child(10'000);
    std::printf("host time a child: %.3f ms after 250 programs, %.3f ms after 10 250\n",
                young * 1e3, old * 1e3);
    growth = old / young;
  }
  CHECK(growth < 1.3);
}
