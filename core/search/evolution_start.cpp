#include <algorithm>
#include <cmath>
#include <thread>

#include "core/base/cancelled.hpp"
#include "core/search/evolution_run.hpp"
#include "core/search/fitness.hpp"
#include "core/search/run_news.hpp"
#include "core/search/source_digest.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t seed_complaint_bytes = 2000;

}  // namespace

void Evolution::open_slots() {
  const auto& config = request_.config.evaluator;
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  const auto jobs = config.build_jobs > 0 ? config.build_jobs : cores;
  slot_.emplace(MeasureSlot{.build = services_.build,
                            .desk = *desk_,
                            .gate = gate_,
                            .workloads = request_.workloads,
                            .screen = {},
                            .build_jobs = jobs,
                            .spent = [this](double seconds) {
                              queue_.push([this, seconds] {
                                course_.budget().add({.gpu_seconds = seconds});
                              });
                            }});
  workshop_.emplace(Workshop{
      .mutators = services_.mutators,
      .llm = services_.llm,
      .build = services_.build,
      .code_digest = services_.code_digest,
      .advise = services_.advise,
      .measure = [this](
                     const Json& question,
                     const std::stop_token& stop) { return serve_measure(*slot_, question, stop); },
      .record =
          [this](const Exchange& exchange) {
            queue_.push([this, exchange] { on_exchange(exchange); });
          },
      .llm_closed = [this] { return std::string(closed_ ? "the budget is spent" : ""); },
      .known = known_,
      .gate = gate_,
      .max_code_length = request_.config.max_code_length});
  flights_.emplace(
      *workshop_,
      [this](AttemptId id, Proposal proposal, std::exception_ptr failure) {
        auto shared = std::make_shared<Proposal>(std::move(proposal));
        queue_.push([this, id, shared, failure] { on_landed(id, std::move(*shared), failure); });
      },
      std::chrono::duration<double>(request_.config.evaluator.proposal_timeout_s));
}

void Evolution::start() {
  Program seed = measured_seed();
  const auto& shelved = shelf_.put(std::move(seed));
  const auto digests = {shelved.source_digest, shelved.code_digest};
  for (const auto& digest : digests) known_.settle(digest, 0, Outcome::accepted);
  course_.start(shelved.id);
  choose_screen(shelved);
  const auto noise = measure_noise(shelved);
  RunEvent event{.kind = "start", .programs = {shelved}, .state = state()};
  for (int island = 0; island < static_cast<int>(course_.population().islands()); ++island) {
    event.placements.push_back({.program = shelved.id,
                                .island = island,
                                .cell = course_.population().members(island).front().cell,
                                .owns_cell = true});
  }
  event.rematches = {noise};
  store_.record(event);
  notify(services_.observer.line,
         fmt::format("the seed {} passes: score {:.4g}", shelved.name, *shelved.result.score));
  notify(services_.observer.champion, shelved, champion_object_);
  profile(shelved.id, champion_object_);
}

Program Evolution::measured_seed() {
  const auto built = services_.build(request_.seed_source, stop_);
  check_cancelled(stop_);
  if (!built.ok) {
    fail("the seed {} does not compile: {}", request_.seed_name,
         diagnostics_text(built, seed_complaint_bytes));
  }
  Program seed;
  seed.id = 1;
  seed.name = request_.seed_name;
  seed.source = request_.seed_source;
  seed.language = request_.language;
  seed.source_digest = source_digest(seed.source);
  seed.code_digest = services_.code_digest(built.object);
  seed.kernels = built.kernels;
  champion_object_ = built.object;
  notify(services_.observer.line, "checking and timing the seed");
  const auto contestant = contestant_of(seed, built.object);
  const bool quick = request_.config.evaluator.quick;
  auto measured = desk_
                      ->submit<Measured>([&](Evaluator& evaluator) {
                        return evaluator.measure(contestant, {.workloads = {}, .quick = quick});
                      })
                      .get();
  course_.budget().add({.gpu_seconds = measured.seconds});
  seed.complete = true;
  score(seed, std::move(measured.workloads));
  for (const auto& workload : seed.result.workloads) {
    if (workload.trial.status == Status::passed) continue;
    fail(
        "the seed {} is not right: {}; a run starts with a candidate that passes, see fihost "
        "load",
        seed.name, failure_text(workload));
  }
  if (!seed.result.score) fail("the scorer gives the seed {} no score", seed.name);
  return seed;
}

void Evolution::resume(const Json& state) {
  course_.restore(state.at("course"));
  // A branch may begin before it turned out that one of them is wrong.
  for (const auto id : course_.population().living()) {
    if (!eligible(shelf_.at(id))) course_.expel(id);
  }
  recall();
  const auto& champion = shelf_.at(course_.population().champion());
  const auto built = services_.build(champion.source, stop_);
  check_cancelled(stop_);
  if (!built.ok) fail("the champion {} does not compile any more", champion.name);
  champion_object_ = built.object;
  choose_screen(shelf_.at(course_.population().seed()));
  for (const auto& attempt : store_.pending()) launch(attempt, store_.exchanges(attempt.id));
  notify(services_.observer.line,
         fmt::format("resumed after {} evaluated children, {} attempts in flight made again",
                     course_.iteration(), under_way_.size()));
}

/// Prompts tell the same as if there had been no end.
void Evolution::recall() {
  for (const auto& attempt : store_.attempts()) {
    using enum Outcome;
    if (attempt.outcome != pending && attempt.outcome != accepted && attempt.outcome != abandoned) {
      remember(attempt);
    }
  }
  for (const auto& rematch : store_.rematches()) {
    if (rematch.challenger != rematch.champion) remember(rematch);
  }
}

void Evolution::choose_screen(const Program& seed) {
  const auto& config = request_.config.evaluator;
  if (config.cascade_evaluation) {
    plan_.screen = choose_screening(seed.result.workloads, config.cascade_workloads);
  }
  plan_.threshold = config.cascade_threshold;
  plan_.quick = config.quick;
  slot_->screen = plan_.screen;
}

Rematch Evolution::measure_noise(const Program& seed) {
  const auto contestant = contestant_of(seed, champion_object_);
  const auto rounds = request_.config.evaluator.rematch_rounds;
  notify(services_.observer.line, "timing the seed against itself");
  auto noise = desk_
                   ->submit<Rematch>([&](Evaluator& evaluator) {
                     return evaluator.rematch(contestant, contestant, rounds);
                   })
                   .get();
  noise.challenger = noise.champion = seed.id;
  course_.budget().add({.gpu_seconds = noise.seconds});
  if (noise.rounds == 0) fail("the seed {} passed, and failed when it was timed again", seed.name);
  about_.aa_percent =
      100 * std::max(std::abs(noise.interval.high - 1), std::abs(noise.interval.low - 1));
  store_.set_about(services_.describe(about_));
  notify(services_.observer.line,
         fmt::format("two runs of the seed differ by {:+.2f} % ({:+.2f} to {:+.2f})",
                     100 * (noise.ratio - 1), 100 * (noise.interval.low - 1),
                     100 * (noise.interval.high - 1)));
  return noise;
}

}  // namespace fihost::search
