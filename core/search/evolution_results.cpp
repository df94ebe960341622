#include <algorithm>

#include "core/base/cancelled.hpp"
#include "core/search/evolution_run.hpp"
#include "core/search/run_news.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t most_remembered = 40;  // failures, and rematches

}  // namespace

void Evolution::on_exchange(const Exchange& exchange) {
  if (exchange.slot == "llm" && exchange.error.empty()) {
    const auto usage = exchange.reply.value("usage", Json::object());
    const auto number = [&](const char* key) {
      const auto found = usage.find(key);
      return found != usage.end() && found->is_number() ? found->get<double>() : 0.0;
    };
    course_.budget().add({.llm_tokens = number("input_tokens") + number("output_tokens"),
                          .usd = number("cost_usd")});
    closed_ = course_.budget().exhausted().has_value();
    warn_of_model(exchange.reply.value("warnings", Json::array()));
  }
  store_.record({.kind = "exchange", .exchanges = {exchange}, .state = state()});
}

/// Each kind of warning once: most differ in their numbers only.
void Evolution::warn_of_model(const Json& warnings) {
  for (const Json& warning : warnings) {
    if (!warning.is_string()) continue;
    auto kind = warning.get<std::string>();
    std::erase_if(kind, [](char c) { return c >= '0' && c <= '9'; });
    if (!warned_.insert(std::move(kind)).second) continue;
    notify(services_.observer.line, "warning: " + warning.get<std::string>());
  }
}

void Evolution::on_landed(AttemptId id, Proposal proposal, const std::exception_ptr& failure) {
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
      proposal.attempt.reason = fmt::format("no proposal within {:g} s", flights_->limit_seconds());
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

void Evolution::abandon(AttemptId id) {
  auto attempt = under_way_.at(id).assignment.attempt;
  known_.release(id);
  under_way_.erase(id);
  if (interrupted_) return;
  attempt.outcome = Outcome::abandoned;
  attempt.reason = ending_;
  store_.record({.kind = "result", .attempts = {attempt}, .state = state()});
}

void Evolution::reject(AttemptId id) {
  const auto& under_way = under_way_.at(id);
  const auto& attempt = under_way.proposal.attempt;
  if (attempt.outcome != Outcome::duplicate) {
    known_.settle(attempt.source_digest, id, attempt.outcome);
  }
  known_.release(id);
  course_.fail(attempt, under_way.proposal.asked_model);
  remember(attempt);
  store_.record({.kind = "result", .attempts = {attempt}, .state = state()});
  notify(services_.observer.event, rejection_text(attempt));
  under_way_.erase(id);
}

void Evolution::on_measured(AttemptId id, CascadeResult result) {
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

void Evolution::challenge(AttemptId id) {
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

void Evolution::on_rematched(AttemptId id, ProgramId champion, Rematch rematch) {
  auto& under_way = under_way_.at(id);
  auto& program = *under_way.proposal.program;
  under_way.proposal.attempt.evaluate_seconds += rematch.seconds;
  course_.budget().add({.gpu_seconds = rematch.seconds});
  rematch.champion = champion;
  under_way.rematches.push_back(rematch);
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
  const auto& population = course_.population();
  if (rematch.champion_failed && !rematch.challenger_failed && champion == population.champion() &&
      champion != population.seed()) {
    expel_champion();
  }
  // Another one may have become the champion meanwhile.
  if (champion != course_.population().champion() && course_.challenges(program)) {
    return challenge(id);
  }
  settle(id, rematch);
}

void Evolution::expel_champion() {
  auto fallen = shelf_.at(course_.population().champion());
  auto attempt = store_.attempt(fallen.attempt);
  attempt.outcome = Outcome::incorrect;
  attempt.reason = "it was the champion, and failed when it was timed again";
  attempt.improvement = false;
  fallen.complete = false;
  fallen.result.score.reset();
  fallen.result.verdict = Status::incorrect_numerical;
  course_.expel(fallen.id);
  shelf_.put(fallen);
  const auto& champion = shelf_.at(course_.population().champion());
  const auto built = services_.build(champion.source, {});
  if (!built.ok) fail("the champion {} does not compile any more", champion.name);
  champion_object_ = built.object;
  for (const auto& digest : {fallen.source_digest, fallen.code_digest}) {
    known_.settle(digest, fallen.attempt, attempt.outcome);
  }
  remember(attempt);
  store_.record({.kind = "expel",
                 .attempts = {attempt},
                 .programs = {fallen},
                 .evicted = {fallen.id},
                 .state = state()});
  notify(services_.observer.line,
         fmt::format("{}: {}; {} takes over", fallen.name, attempt.reason, champion.name));
  notify(services_.observer.champion, champion, champion_object_);
}

void Evolution::settle(AttemptId id, const std::optional<Rematch>& rematch) {
  auto node = under_way_.extract(id);
  auto& proposal = node.mapped().proposal;
  auto& attempt = proposal.attempt;
  proposal.program->id = store_.last_program() + 1;
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
  event.rematches = std::move(node.mapped().rematches);
  for (auto& held : event.rematches) {
    held.challenger = program.id;
    remember(held);
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
    notify(services_.observer.line,
           champion_text(program, shelf_.at(rematch->champion).name, *rematch));
    notify(services_.observer.champion, program, proposal.object);
    profile(program.id, proposal.object);
  }
  shelf_.drop(settled.gone);
  if (!settled.admission.entered) shelf_.drop({attempt.program});
}

void Evolution::profile(ProgramId id, const std::filesystem::path& object) {
  if (!services_.profile) return;
  auto which = choose_screening(shelf_.at(id).result.workloads, request_.config.profile_workloads);
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

Contestant Evolution::contestant_of(const Program& program, const std::filesystem::path& object) {
  return {.object = object, .name = program.name, .source_digest = program.source_digest};
}

void Evolution::score(Program& program, std::vector<WorkloadResult> workloads) const {
  program.result.name = program.name;
  program.result.workloads = std::move(workloads);
  program.result = scored(std::move(program.result), about_, services_.scorer);
  if (!program.complete) program.result.score.reset();
}

void Evolution::remember(const Attempt& attempt) {
  memory_.failures.push_back(attempt);
  if (memory_.failures.size() > most_remembered) memory_.failures.erase(memory_.failures.begin());
}

void Evolution::remember(const Rematch& rematch) {
  memory_.rematches.push_back(rematch);
  if (memory_.rematches.size() > most_remembered) {
    memory_.rematches.erase(memory_.rematches.begin());
  }
}

}  // namespace fihost::search
