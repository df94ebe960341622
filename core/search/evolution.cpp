#include "core/search/evolution.hpp"

#include "core/base/cancelled.hpp"
#include "core/search/evolution_run.hpp"
#include "core/search/run_status.hpp"

namespace fihost::search {
namespace {

constexpr auto tick = std::chrono::milliseconds(100);

}  // namespace

Evolution::Evolution(const EvolutionRequest& request, const EvolutionServices& services,
                     RunStore& store, std::stop_token stop)
    : request_(request),
      services_(services),
      store_(store),
      stop_(std::move(stop)),
      give_up_(stop_,
               [this] {
                 if (opening_) hard_.request_stop();
               }),
      gate_(request.device.cuda()),
      shelf_(store),
      course_(request.config, [this](ProgramId id) -> const Program& { return shelf_.at(id); }) {}

EvolutionEnd Evolution::run() {
  notify(services_.observer.line, "timing the reference");
  desk_.emplace([this](std::size_t i) { return services_.open_evaluator(i, hard_.get_token()); },
                services_.devices, gate_);
  about_ = desk_->about();
  memory_.baseline = about_.baseline_name;
  store_.set_about(services_.describe(about_));
  for (const auto& known : store_.known_digests()) {
    known_.settle(known.digest, known.attempt, known.outcome);
  }
  open_slots();
  if (const auto state = store_.state()) {
    resume(state->state);
  } else {
    start();
  }
  opening_ = false;
  check_cancelled(stop_);
  loop();
  return end();
}

void Evolution::loop() {
  for (;;) {
    if (ending_.empty()) {
      if (stop_.stop_requested()) {
        begin_end("interrupted");
      } else if (auto reason = course_.end(); !reason.empty()) {
        begin_end(std::move(reason));
      }
    }
    if (!ending_.empty() && under_way_.empty() && profiling_ == 0) return;
    while (ending_.empty() && room()) assign();
    // A stop must not turn waiting for what is being measured into spinning.
    const auto signal = queue_.pop(tick, ending_.empty() ? stop_ : std::stop_token{});
    if (signal) (*signal)();
    flights_->cancel_overdue();
    tell_progress();
  }
}

bool Evolution::room() const {
  const auto& config = request_.config;
  if (config.deterministic) return under_way_.empty() && profiling_ == 0;
  if (course_.iteration() + under_way_.size() >= config.max_iterations) return false;
  const auto waiting = under_way_.size() - flights_->size();
  return flights_->size() < config.parallel_proposals && waiting < 2 * desk_->devices();
}

void Evolution::begin_end(std::string reason) {
  ending_ = std::move(reason);
  interrupted_ = stop_.stop_requested();
  flights_->cancel_all();
  notify(services_.observer.line,
         under_way_.empty() ? "ending: " + ending_
                            : "ending: " + ending_ + "; what is being measured is finished first");
}

void Evolution::assign() {
  const auto attempt = course_.assign(store_.last_attempt() + 1);
  store_.record({.kind = "assign", .attempts = {attempt}, .state = state()});
  launch(attempt, services_.recorded != nullptr ? services_.recorded->exchanges(attempt.id)
                                                : std::vector<Exchange>{});
}

void Evolution::launch(const Attempt& attempt, std::vector<Exchange> recorded) {
  Assignment assignment{.attempt = attempt,
                        .language = request_.language,
                        .generation = shelf_.at(attempt.parents.front()).generation + 1,
                        .request = {},
                        .recorded = std::move(recorded),
                        .only_recorded = services_.recorded != nullptr};
  assignment.request = mutator_request(request_, attempt, shelf_, course_.population(), memory_);
  under_way_[attempt.id] = {.assignment = assignment, .proposal = {}};
  flights_->launch(std::move(assignment));
}

RunState Evolution::state() {
  const auto now = Clock::now();
  const std::chrono::duration<double> passed = now - counted_until_;
  counted_until_ = now;
  course_.budget().add({.wall_seconds = passed.count()});
  return {.iteration = course_.iteration(), .state = {{"course", course_.state()}}};
}

void Evolution::tell_progress() {
  if (!services_.observer.progress) return;
  auto progress = run_status(request_, about_, course_, shelf_);
  // What has passed since the last event is not in the budget yet.
  const std::chrono::duration<double> since = Clock::now() - counted_until_;
  progress.elapsed_seconds += since.count();
  for (const auto& [id, under_way] : under_way_) {
    const std::chrono::duration<double> passed = Clock::now() - under_way.since;
    progress.jobs.push_back(
        {.what = under_way.stage,
         .who = fmt::format("gen_{}, {}", id, under_way.assignment.attempt.mutator),
         .seconds = passed.count()});
  }
  services_.observer.progress(progress);
}

EvolutionEnd Evolution::end() {
  store_.record({.kind = "stop", .state = state(), .note = ending_});
  tell_progress();
  const auto& population = course_.population();
  return {.reason = ending_,
          .interrupted = interrupted_,
          .champion = shelf_.at(population.champion()),
          .seed = shelf_.at(population.seed()),
          .iteration = course_.iteration(),
          .proposals = course_.proposals(),
          .improvements = course_.improvements()};
}

EvolutionEnd evolve(const EvolutionRequest& request, const EvolutionServices& services,
                    RunStore& store, std::stop_token stop) {
  return Evolution(request, services, store, std::move(stop)).run();
}

}  // namespace fihost::search
