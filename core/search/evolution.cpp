#include "core/search/evolution.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <thread>
#include <utility>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/search/cascade.hpp"
#include "core/search/course.hpp"
#include "core/search/event_queue.hpp"
#include "core/search/flights.hpp"
#include "core/search/measure_slot.hpp"
#include "core/search/mutator_request.hpp"
#include "core/search/program_shelf.hpp"
#include "core/search/run_news.hpp"
#include "core/search/run_status.hpp"
#include "core/search/source_digest.hpp"

namespace fihost::search {
namespace {

constexpr auto tick = std::chrono::milliseconds(100);
constexpr std::size_t seed_complaint_bytes = 2000;
constexpr std::size_t most_remembered = 40;  // failures, and rematches

template <class... Args, class... Given>
void notify(const std::function<void(Args...)>& function, Given&&... given) {
  if (function) function(std::forward<Given>(given)...);
}

/// An attempt between its assignment and its record.
struct UnderWay {
  Assignment assignment;
  Proposal proposal;
  Measured screened = {};  ///< the first, quick look
  std::string stage = "proposing";
  Clock::time_point since = Clock::now();  ///< the stage
};

/// The state of one evolve(). Everything runs on the thread that called it; other threads post what
/// they have found.
class Evolution {
 public:
  Evolution(const EvolutionRequest& request, const EvolutionServices& services, RunStore& store,
            std::stop_token stop)
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

  EvolutionEnd run() {
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

 private:
  // --- the beginning ---

  void open_slots() {
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
    workshop_.emplace(
        Workshop{.mutators = services_.mutators,
                 .llm = services_.llm,
                 .build = services_.build,
                 .code_digest = services_.code_digest,
                 .measure =
                     [this](const Json& question, const std::stop_token& stop) {
                       return serve_measure(*slot_, question, stop);
                     },
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

  void start() {
    Program seed = measured_seed();
    const auto& shelved = shelf_.put(std::move(seed));
    const auto digests = {shelved.source_digest, shelved.code_digest};
    for (const auto& digest : digests) known_.settle(digest, 0, Outcome::accepted);
    course_.start(shelved.id);
    choose_screen(shelved);
    RunEvent event{.kind = "start", .programs = {shelved}, .state = state()};
    for (int island = 0; island < static_cast<int>(course_.population().islands()); ++island) {
      event.placements.push_back({.program = shelved.id,
                                  .island = island,
                                  .cell = course_.population().members(island).front().cell,
                                  .owns_cell = true});
    }
    store_.record(event);
    notify(services_.observer.line,
           fmt::format("the seed {} passes: score {:.4g}", shelved.name, *shelved.result.score));
    notify(services_.observer.champion, shelved, champion_object_);
    profile(shelved.id, champion_object_);
  }

  /// Throws Error when it does not build or is not right: nothing can be improved then.
  Program measured_seed() {
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

  void resume(const Json& state) {
    course_.restore(state.at("course"));
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

  void choose_screen(const Program& seed) {
    const auto& config = request_.config.evaluator;
    if (config.cascade_evaluation) {
      plan_.screen = choose_screening(seed.result.workloads, config.cascade_workloads);
    }
    plan_.quick = config.quick;
    slot_->screen = plan_.screen;
  }

  // --- the loop ---

  void loop() {
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

  [[nodiscard]] bool room() const {
    const auto& config = request_.config;
    if (config.deterministic) return under_way_.empty() && profiling_ == 0;
    if (course_.iteration() + under_way_.size() >= config.max_iterations) return false;
    const auto waiting = under_way_.size() - flights_->size();
    return flights_->size() < config.parallel_proposals && waiting < 2 * desk_->devices();
  }

  void begin_end(std::string reason) {
    ending_ = std::move(reason);
    interrupted_ = stop_.stop_requested();
    flights_->cancel_all();
    notify(services_.observer.line,
           under_way_.empty()
               ? "ending: " + ending_
               : "ending: " + ending_ + "; what is being measured is finished first");
  }

  void assign() {
    const auto attempt = course_.assign(store_.last_attempt() + 1);
    store_.record({.kind = "assign", .attempts = {attempt}, .state = state()});
    launch(attempt, services_.recorded != nullptr ? services_.recorded->exchanges(attempt.id)
                                                  : std::vector<Exchange>{});
  }

  void launch(const Attempt& attempt, std::vector<Exchange> recorded) {
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

  // --- what the threads tell ---

  void on_exchange(const Exchange& exchange) {
    if (exchange.slot == "llm" && exchange.error.empty()) {
      const auto usage = exchange.reply.value("usage", Json::object());
      const auto number = [&](const char* key) {
        const auto found = usage.find(key);
        return found != usage.end() && found->is_number() ? found->get<double>() : 0.0;
      };
      course_.budget().add({.llm_tokens = number("input_tokens") + number("output_tokens"),
                            .usd = number("cost_usd")});
      closed_ = course_.budget().exhausted().has_value();
    }
    store_.record({.kind = "exchange", .exchanges = {exchange}, .state = state()});
  }

  void on_landed(AttemptId id, Proposal proposal, const std::exception_ptr& failure) {
    const bool overdue = flights_->overdue(id);
    flights_->forget(id);
    auto& under_way = under_way_.at(id);
    if (failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const Cancelled&) {  // nobody's fault but the limit's or the end's
        if (!overdue) return abandon(id);
        proposal.attempt = under_way.assignment.attempt;
        proposal.attempt.outcome = Outcome::timed_out;
        proposal.attempt.reason =
            fmt::format("no proposal within {:.0f} s", flights_->limit_seconds());
      }
    }
    under_way.proposal = std::move(proposal);
    if (!under_way.proposal.program) return reject(id);
    under_way.stage = "measuring";
    under_way.since = Clock::now();
    const auto& program = *under_way.proposal.program;
    const auto& parent =
        shelf_.at(program.parents.empty() ? course_.population().seed() : program.parents.front());
    submit<CascadeResult>(
        [this, contestant = contestant_of(program, under_way.proposal.object), plan = plan_,
         bar = parent.correct() ? parent.result.workloads : std::vector<WorkloadResult>{}](
            Evaluator& evaluator) { return run_cascade(evaluator, contestant, plan, bar); },
        MeasuringDesk::Turn::last,
        [this, id](CascadeResult result) { on_measured(id, std::move(result)); });
  }

  /// It was in flight when the run ended: left as it is where the run can go on.
  void abandon(AttemptId id) {
    auto attempt = under_way_.at(id).assignment.attempt;
    known_.release(attempt.source_digest, id);
    under_way_.erase(id);
    if (interrupted_) return;
    attempt.outcome = Outcome::abandoned;
    attempt.reason = ending_;
    store_.record({.kind = "result", .attempts = {attempt}, .state = state()});
  }

  void reject(AttemptId id) {
    const auto& under_way = under_way_.at(id);
    const auto& attempt = under_way.proposal.attempt;
    if (attempt.outcome != Outcome::duplicate) {
      known_.settle(attempt.source_digest, id, attempt.outcome);
    }
    course_.fail(attempt, under_way.proposal.asked_model);
    remember(attempt);
    store_.record({.kind = "result", .attempts = {attempt}, .state = state()});
    notify(services_.observer.event, rejection_text(attempt));
    under_way_.erase(id);
  }

  void on_measured(AttemptId id, CascadeResult result) {
    auto& under_way = under_way_.at(id);
    auto& attempt = under_way.proposal.attempt;
    auto& program = *under_way.proposal.program;
    attempt.outcome = result.outcome;
    attempt.reason = result.reason;
    attempt.evaluate_seconds += result.seconds;
    course_.budget().add({.gpu_seconds = result.seconds});
    program.complete = !result.all.empty();
    under_way.screened = std::move(result.screened);
    score(program, program.complete ? std::move(result.all) : under_way.screened.workloads);
    if (course_.challenges(program)) return challenge(id);
    settle(id, std::nullopt);
  }

  void challenge(AttemptId id) {
    auto& under_way = under_way_.at(id);
    under_way.stage = "re-matching";
    under_way.since = Clock::now();
    const auto champion = course_.population().champion();
    const auto rounds = request_.config.evaluator.rematch_rounds;
    submit<Rematch>(
        [challenger = contestant_of(*under_way.proposal.program, under_way.proposal.object),
         defender = contestant_of(shelf_.at(champion), champion_object_),
         rounds](Evaluator& evaluator) { return evaluator.rematch(challenger, defender, rounds); },
        MeasuringDesk::Turn::next,
        [this, id, champion](const Rematch& rematch) { on_rematched(id, champion, rematch); });
  }

  void on_rematched(AttemptId id, ProgramId champion, Rematch rematch) {
    auto& under_way = under_way_.at(id);
    auto& program = *under_way.proposal.program;
    under_way.proposal.attempt.evaluate_seconds += rematch.seconds;
    course_.budget().add({.gpu_seconds = rematch.seconds});
    rematch.champion = champion;
    if (rematch.challenger_failed) {
      under_way.proposal.attempt.outcome = Outcome::incorrect;
      under_way.proposal.attempt.reason = "it passed, and failed when it was timed again";
      program.complete = false;
      program.result.score.reset();
      program.result.verdict = Status::incorrect_numerical;
    } else if (rematch.rounds > 0) {
      // What was found side by side is worth more than what each was found alone.
      const double was = *program.result.score;
      program.result.score = *shelf_.at(champion).result.score * rematch.ratio;
      if (auto& ci = program.result.score_ci) {
        ci->low *= *program.result.score / was;
        ci->high *= *program.result.score / was;
      }
    }
    // Another child may have become the champion meanwhile.
    if (champion != course_.population().champion() && course_.challenges(program)) {
      return challenge(id);
    }
    settle(id, rematch);
  }

  void settle(AttemptId id, std::optional<Rematch> rematch) {
    auto node = under_way_.extract(id);
    auto& proposal = node.mapped().proposal;
    auto& attempt = proposal.attempt;
    proposal.program->id = store_.last_program() + 1;
    if (rematch) rematch->challenger = proposal.program->id;
    const auto& program = shelf_.put(std::move(*proposal.program));
    attempt.program = program.id;
    const auto settled = course_.settle(attempt, program, rematch, proposal.asked_model);
    attempt.improvement = settled.improvement;
    for (const auto& digest : {program.source_digest, program.code_digest}) {
      known_.settle(digest, id, attempt.outcome);
    }
    if (attempt.outcome != Outcome::accepted) remember(attempt);
    auto event = result_event(attempt, program, settled, course_.population());
    event.state = state();
    if (rematch) {
      event.rematches = {*rematch};
      auto& held = memory_.rematches;
      held.push_back(*rematch);
      if (held.size() > most_remembered) held.erase(held.begin());
    }
    if (auto& look = node.mapped().screened; !look.workloads.empty()) {
      event.measurements.push_back({.program = program.id,
                                    .quick = true,
                                    .seconds = look.seconds,
                                    .judge_end = look.judge_end,
                                    .workloads = std::move(look.workloads)});
    }
    store_.record(event);
    notify(services_.observer.event, result_text(attempt, program, rematch, settled));
    if (settled.improvement) {
      champion_object_ = proposal.object;
      notify(services_.observer.line, champion_text(program, *rematch));
      notify(services_.observer.champion, program, proposal.object);
      profile(program.id, proposal.object);
    }
    shelf_.drop(settled.gone);
  }

  void profile(ProgramId id, const std::filesystem::path& object) {
    if (!services_.profile) return;
    auto which =
        choose_screening(shelf_.at(id).result.workloads, request_.config.profile_workloads);
    if (which.empty()) {
      for (std::size_t i = 0; i < request_.workloads.size(); ++i) which.push_back(i);
    }
    ++profiling_;
    submit<std::vector<StoredProfile>>(
        [this, id, object, which](Evaluator&) {
          std::vector<StoredProfile> profiles;
          for (const auto index : which) {
            const auto& workload = request_.workloads[index];
            profiles.push_back({.program = id,
                                .workload = workload.uuid,
                                .reply = services_.profile(object, workload)});
          }
          return profiles;
        },
        MeasuringDesk::Turn::next,
        [this, id](std::vector<StoredProfile> profiles) {
          --profiling_;
          auto program = shelf_.at(id);
          program.profile = profile_text(profiles, request_.workloads);
          store_.record({.kind = "profile", .programs = {program}, .profiles = profiles});
          shelf_.put(std::move(program));
        },
        [this](const Error& error) {
          --profiling_;
          notify(services_.observer.line, fmt::format("no profile: {}", error.what()));
        });
  }

  // --- small things ---

  /// `then` is called on this thread with what `work` found on a device's. What it throws ends the
  /// run, unless `excuse` takes it.
  template <class Result>
  void submit(std::function<Result(Evaluator&)> work, MeasuringDesk::Turn turn,
              std::function<void(Result)> then, std::function<void(const Error&)> excuse = {}) {
    static_cast<void>(desk_->submit<int>(
        [this, work = std::move(work), then = std::move(then),
         excuse = std::move(excuse)](Evaluator& evaluator) {
          try {
            auto result = std::make_shared<Result>(work(evaluator));
            queue_.push([then, result] { then(std::move(*result)); });
          } catch (...) {
            queue_.push([excuse, failure = std::current_exception()] {
              try {
                std::rethrow_exception(failure);
              } catch (const Error& error) {
                if (!excuse) throw;
                excuse(error);
              }
            });
          }
          return 0;
        },
        turn));
  }

  [[nodiscard]] static Contestant contestant_of(const Program& program,
                                                const std::filesystem::path& object) {
    return {.object = object, .name = program.name, .source_digest = program.source_digest};
  }

  void score(Program& program, std::vector<WorkloadResult> workloads) const {
    program.result.name = program.name;
    program.result.workloads = std::move(workloads);
    program.result = scored(std::move(program.result), about_, services_.scorer);
    if (!program.complete) program.result.score.reset();
  }

  void remember(const Attempt& attempt) {
    memory_.failures.push_back(attempt);
    if (memory_.failures.size() > most_remembered) memory_.failures.erase(memory_.failures.begin());
  }

  [[nodiscard]] RunState state() {
    const auto now = Clock::now();
    const std::chrono::duration<double> passed = now - counted_until_;
    counted_until_ = now;
    course_.budget().add({.wall_seconds = passed.count()});
    return {.iteration = course_.iteration(), .state = {{"course", course_.state()}}};
  }

  void tell_progress() {
    if (!services_.observer.progress) return;
    auto progress = run_status(request_, about_, course_, shelf_);
    for (const auto& [id, under_way] : under_way_) {
      const std::chrono::duration<double> passed = Clock::now() - under_way.since;
      progress.jobs.push_back(
          {.what = under_way.stage,
           .who = fmt::format("gen_{}, {}", id, under_way.assignment.attempt.mutator),
           .seconds = passed.count()});
    }
    services_.observer.progress(progress);
  }

  EvolutionEnd end() {
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

  const EvolutionRequest& request_;
  const EvolutionServices& services_;
  RunStore& store_;
  std::stop_token stop_;
  std::atomic<bool> opening_{true};
  std::stop_source hard_;  // ends what is being measured
  std::stop_callback<std::function<void()>> give_up_;
  EventQueue<std::function<void()>> queue_;
  QuietGate gate_;
  KnownSources known_;
  ProgramShelf shelf_;
  Course course_;
  Ranking about_;
  CascadePlan plan_;
  std::filesystem::path champion_object_;
  RunMemory memory_;
  std::map<AttemptId, UnderWay> under_way_;
  std::size_t profiling_ = 0;
  std::string ending_;  // why; empty: it goes on
  bool interrupted_ = false;
  std::atomic<bool> closed_{false};  // no model is asked any more
  Clock::time_point counted_until_ = Clock::now();
  std::optional<MeasuringDesk> desk_;
  std::optional<MeasureSlot> slot_;
  std::optional<Workshop> workshop_;
  std::optional<Flights> flights_;  // last: its threads use everything above
};

}  // namespace

EvolutionEnd evolve(const EvolutionRequest& request, const EvolutionServices& services,
                    RunStore& store, std::stop_token stop) {
  return Evolution(request, services, store, std::move(stop)).run();
}

}  // namespace fihost::search
