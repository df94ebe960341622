#include "core/eval/evaluation.hpp"

#include <algorithm>
#include <deque>

#include "core/base/error.hpp"
#include "core/build/object_file.hpp"
#include "core/eval/baseline.hpp"
#include "core/eval/build_pool.hpp"
#include "core/eval/judge_client.hpp"
#include "core/eval/judge_request.hpp"
#include "core/eval/run_identity.hpp"
#include "core/eval/workload_filter.hpp"
#include "core/solution/solution_build.hpp"
#include "core/solution/tvm_ffi_runtime.hpp"

namespace fihost {
namespace {

constexpr auto build_timeout = std::chrono::minutes(10);

template <class... Args, class... Given>
void notify(const std::function<void(Args...)>& function, Given&&... given) {
  if (function) function(std::forward<Given>(given)...);
}

Trial failed(Status status, std::string log) {
  Trial trial;
  trial.status = status;
  trial.log = std::move(log);
  return trial;
}

/// The compiler's complaint, the first error in front.
std::string complaint(const FinishedBuild& build) {
  if (!build.error.empty()) return build.error;
  if (build.result.timed_out) {
    return fmt::format("the compiler did not finish in {} s",
                       std::chrono::seconds(build_timeout).count());
  }
  for (const auto& d : build.result.diagnostics) {
    if (d.severity.find("error") == std::string::npos) continue;
    return fmt::format("{}:{}: {}: {}\n{}", d.file, d.line, d.severity, d.message,
                       build.result.log);
  }
  return build.result.log.empty() ? "the compiler failed without a word" : build.result.log;
}

/// What a judge tells about itself, for runs that need none.
Json about_json(const Ranking& ranking) {
  return {{"timer", ranking.timer},
          {"null_call_ms", ranking.null_call_ms},
          {"baseline_name", ranking.baseline_name}};
}

void read_about(const Json& about, Ranking& ranking) {
  ranking.timer = about.at("timer");
  ranking.null_call_ms = about.at("null_call_ms");
  ranking.baseline_name = about.at("baseline_name");
}

/// The state of one evaluate().
class Evaluation {
 public:
  Evaluation(const EvaluationRequest& request, const EvaluationServices& services,
             std::stop_token stop)
      : request_(request), services_(services), stop_(std::move(stop)) {}

  Ranking run() {
    BuildPool pool(build_jobs(), request_.jobs, build_timeout, stop_);
    trusted_ = find_trusted(request_, services_.builder, stop_);
    std::deque<FinishedBuild> early;
    while (!request_.device.cuda()) {
      auto build = pool.next();
      if (!build) break;
      early.push_back(std::move(*build));
    }
    identify_run();
    describe();
    // The reference is timed while the compilers work.
    if (request_.device.cuda() && !request_.resume && worth_a_judge()) static_cast<void>(judge());
    std::vector<CandidateResult> results(request_.candidates.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto& candidate = request_.candidates[i];
      if (candidate.rejection) {
        results[i] = refuse(candidate, candidate.rejection->status, candidate.rejection->reason);
      } else if (!candidate.source) {
        results[i] = try_object(candidate, candidate.path, candidate.tvm_ffi);
      }
    }
    for (;;) {
      const auto build = next(early, pool);
      if (!build) break;
      const auto index = sources_[build->index];
      results[index] = try_build(request_.candidates[index], *build);
    }
    judge_.reset();
    for (auto& result : results) result = scored(std::move(result), ranking_, services_.scorer);
    ranking_.candidates = ranked(std::move(results));
    return std::move(ranking_);
  }

 private:
  std::vector<BuildJob> build_jobs() {
    std::vector<BuildJob> jobs;
    for (std::size_t i = 0; i < request_.candidates.size(); ++i) {
      const auto& candidate = request_.candidates[i];
      if (candidate.rejection || !candidate.source) continue;
      jobs.push_back([this, &candidate](std::chrono::milliseconds timeout, std::stop_token stop) {
        return build(candidate, timeout, std::move(stop));
      });
      sources_.push_back(i);
    }
    return jobs;
  }

  BuildResult build(const PlannedCandidate& candidate, std::chrono::milliseconds timeout,
                    std::stop_token stop) const {
    if (candidate.solution) {
      return build_solution({.solution = *candidate.solution,
                             .toolchain = services_.builder.toolchain(),
                             .cache = request_.cache,
                             .archs = request_.archs},
                            timeout, std::move(stop));
    }
    return services_.builder.build({.source = candidate.path, .archs = request_.archs, .flags = {}},
                                   timeout, std::move(stop));
  }

  [[nodiscard]] bool worth_a_judge() const {
    return std::any_of(request_.candidates.begin(), request_.candidates.end(),
                       [](const auto& candidate) { return !candidate.rejection; });
  }

  static std::optional<FinishedBuild> next(std::deque<FinishedBuild>& early, BuildPool& pool) {
    if (early.empty()) return pool.next();
    auto build = std::move(early.front());
    early.pop_front();
    return build;
  }

  /// The judge, started and with the reference timed when it is first needed.
  JudgeClient& judge() {
    if (judge_) return *judge_;
    judge_.emplace(judge_settings(request_, trusted_), stop_);
    add_judge(ranking_, judge_->open(events({})));
    notify(services_.observer.began, (request_.candidates.size() + 1) * request_.workloads.size());
    auto baseline = time_reference(*judge_, request_, trusted_, events("the reference"));
    ranking_.baseline_name = std::move(baseline.name);
    baseline_ = std::move(baseline.timings);
    notify(services_.observer.baseline, baseline.seconds);
    if (services_.store != nullptr) services_.store->begin_run(run_, about_json(ranking_));
    return *judge_;
  }

  void identify_run() {
    if (services_.store == nullptr) return;
    run_ = identify(request_, trusted_);
    if (!request_.resume || !request_.seed_free) return;
    if (const auto seed = services_.store->last_seed(run_.family)) {
      request_.seed = *seed;
      run_ = identify(request_, trusted_);
    }
  }

  void describe() {
    ranking_ = ranking_head(request_);
    if (services_.store == nullptr || !request_.resume) return;
    // Without anything left to measure no judge will tell.
    if (const auto about = services_.store->about(run_)) read_about(*about, ranking_);
  }

  JudgeEvents events(const std::string& candidate) const {
    const auto& observer = services_.observer;
    JudgeEvents events;
    events.progress = [&observer](const std::string& text) { notify(observer.note, text); };
    events.stage = [this, &observer, candidate](std::size_t index, const std::string& stage) {
      const auto text = fmt::format("{}/{} {}", index + 1, request_.workloads.size(),
                                    axes_text(request_.workloads[index].axes));
      notify(observer.stage, candidate, text, stage);
    };
    events.trial = [&observer, candidate](std::size_t, const Trial& trial) {
      notify(observer.trial, candidate, trial);
    };
    return events;
  }

  void record(const PlannedCandidate& candidate, std::size_t index, const Trial& trial) const {
    const auto baseline = index < baseline_.size() ? std::optional(baseline_[index]) : std::nullopt;
    notify(services_.observer.measured, MeasuredTrial{.run = ranking_,
                                                      .candidate = candidate,
                                                      .workload = request_.workloads[index],
                                                      .trial = trial,
                                                      .baseline = baseline});
  }

  CandidateResult result_of(const PlannedCandidate& candidate, std::vector<Trial> trials,
                            const std::vector<Timing>& baseline) const {
    CandidateResult result;
    result.name = candidate.name;
    result.path = candidate.path.string();
    for (std::size_t i = 0; i < trials.size(); ++i) {
      result.workloads.push_back(
          workload_result(request_, i, std::move(trials[i]),
                          i < baseline.size() ? std::optional(baseline[i]) : std::nullopt));
    }
    return result;
  }

  CandidateResult refuse(const PlannedCandidate& candidate, Status status,
                         const std::string& reason) const {
    const auto count = request_.workloads.size();
    notify(services_.observer.finished, candidate.name, status, 0.0, count);
    const std::vector<Trial> trials(count, failed(status, reason));
    for (std::size_t i = 0; i < count; ++i) record(candidate, i, trials[i]);
    return result_of(candidate, trials, baseline_);
  }

  CandidateResult try_build(const PlannedCandidate& candidate, const FinishedBuild& build) {
    notify(services_.observer.built, candidate.name, build.result);
    auto result = build.result.ok && build.error.empty()
                      ? try_built(candidate, build.result.object)
                      : refuse(candidate, Status::compile_error, complaint(build));
    result.build_seconds = build.result.seconds;
    result.build_cached = build.result.cached;
    result.kernels = build.result.kernels;
    return result;
  }

  CandidateResult try_built(const PlannedCandidate& candidate,
                            const std::filesystem::path& object) {
    if (!candidate.solution) return try_object(candidate, object, {});
    const auto choice = choose_tvm_ffi(inspect_object(object),
                                       candidate.solution->entry_point.symbol, request_.prefix);
    if (!choice.entry) return refuse(candidate, Status::compile_error, choice.refusal);
    return try_object(candidate, object, choice.entry);
  }

  /// What the store has of this object in the same run.
  std::optional<CandidateResult> recalled(const PlannedCandidate& candidate,
                                          const std::string& digest) const {
    if (services_.store == nullptr || !request_.resume) return std::nullopt;
    auto stored = services_.store->find(run_, digest);
    if (!stored || stored->trials.size() != request_.workloads.size()) return std::nullopt;
    auto result = result_of(candidate, std::move(stored->trials), stored->baseline);
    result.wall_seconds = stored->seconds;
    result.measured_at = stored->measured_at;
    notify(services_.observer.note,
           fmt::format("{}: taken from the run of {}", candidate.name, stored->measured_at));
    notify(services_.observer.finished, candidate.name, verdict_of(result), 0.0,
           request_.workloads.size());
    return result;
  }

  void keep(const std::string& digest, const CandidateResult& result) const {
    if (services_.store == nullptr) return;
    StoredResult stored{.candidate = result.name,
                        .measured_at = {},
                        .seconds = result.wall_seconds,
                        .trials = {},
                        .baseline = baseline_};
    for (const auto& workload : result.workloads) stored.trials.push_back(workload.trial);
    const auto why = services_.store->put(run_, digest, stored);
    if (!why.empty()) {
      notify(services_.observer.note, "warning: the result is not kept for --resume: " + why);
    }
  }

  CandidateResult try_object(const PlannedCandidate& candidate, const std::filesystem::path& object,
                             const std::optional<TvmFfiEntry>& tvm_ffi) {
    const auto digest = services_.store != nullptr ? content_digest(object) : std::string();
    if (auto result = recalled(candidate, digest)) return std::move(*result);
    auto& judge = this->judge();
    std::vector<bool> seen(request_.workloads.size());
    auto observed = events(candidate.name);
    const auto forward = observed.trial;
    observed.trial = [&](std::size_t index, const Trial& trial) {
      seen[index] = true;
      forward(index, trial);
      record(candidate, index, trial);
    };
    auto evaluated = judge.evaluate(object, {.tvm_ffi = tvm_ffi}, observed);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!seen[i]) record(candidate, i, evaluated.trials[i]);
    }
    auto result = result_of(candidate, std::move(evaluated.trials), baseline_);
    result.wall_seconds = evaluated.seconds;
    const auto missing = static_cast<std::size_t>(std::count(seen.begin(), seen.end(), false));
    notify(services_.observer.finished, candidate.name, verdict_of(result), evaluated.seconds,
           missing);
    if (evaluated.judge_end.empty()) keep(digest, result);
    return result;
  }

  EvaluationRequest request_;
  const EvaluationServices& services_;
  std::stop_token stop_;
  TrustedObjects trusted_;
  RunIdentity run_;  // with a store only
  Ranking ranking_;
  std::optional<JudgeClient> judge_;
  std::vector<std::size_t> sources_;  // of each build request, its candidate
  std::vector<Timing> baseline_;      // parallel to request_.workloads
};

}  // namespace

Ranking evaluate(const EvaluationRequest& request, const EvaluationServices& services,
                 std::stop_token stop) {
  return Evaluation(request, services, std::move(stop)).run();
}

Ranking rank_refused(const std::vector<PlannedCandidate>& candidates, const DeviceInfo& device,
                     const std::string& reason) {
  Ranking ranking;
  ranking.device = device;
  for (const auto& candidate : candidates) {
    CandidateResult result;
    result.name = candidate.name;
    result.path = candidate.path.string();
    result.refusal = candidate.rejection
                         ? failed(candidate.rejection->status, candidate.rejection->reason)
                         : failed(Status::compile_error, reason);
    result.verdict = result.refusal->status;
    ranking.candidates.push_back(std::move(result));
  }
  ranking.candidates = ranked(std::move(ranking.candidates));
  return ranking;
}

}  // namespace fihost
