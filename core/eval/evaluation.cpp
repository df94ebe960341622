#include "core/eval/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "core/base/error.hpp"
#include "core/eval/build_pool.hpp"
#include "core/eval/first_line.hpp"
#include "core/eval/judge_client.hpp"
#include "core/eval/roofline.hpp"
#include "core/eval/trusted_objects.hpp"
#include "core/eval/workload_filter.hpp"

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

Json open_message(const EvaluationRequest& request, const TrustedObjects& trusted) {
  const auto& tolerance = request.task.definition.tolerance;
  Json folders = Json::array(), uuids = Json::array();
  for (const auto& folder : request.task_folders) folders.push_back(folder.string());
  for (const auto& workload : request.workloads) uuids.push_back(workload.uuid);
  const auto text = [](const auto& path) { return path ? Json(path->string()) : Json(nullptr); };
  const auto& ratio = tolerance.required_matched_ratio;
  return {{"definition", request.task.definition.name},
          {"dataset", text(request.dataset)},
          {"task_path", folders},
          {"cache", request.cache.string()},
          {"seed", request.seed},
          {"reference", trusted.reference.string()},
          {"generator", text(trusted.generator)},
          {"workloads", uuids},
          {"tolerance",
           {{"atol", tolerance.atol},
            {"rtol", tolerance.rtol},
            {"required_matched_ratio", ratio ? Json(*ratio) : Json(nullptr)}}},
          {"rule", name(request.rule)},
          {"timing", {{"policy", request.quick ? "quick" : "default"}, {"flush", request.flush}}},
          {"timeout_s", request.timeout_s}};
}

JudgeSettings judge_settings(const EvaluationRequest& request, const TrustedObjects& trusted) {
  JudgeSettings settings;
  settings.worker = request.worker;
  settings.device = request.device.text();
  settings.open = open_message(request, trusted);
  for (const auto& workload : request.workloads) settings.workloads.push_back(workload.uuid);
  // A silent judge times one workload: dozens of calls, each of them bounded by the timeout.
  settings.quiet_limit =
      std::chrono::seconds(120 + static_cast<std::int64_t>(std::ceil(30 * request.timeout_s)));
  settings.inherit_stderr = request.verbose;
  return settings;
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

/// The state of one evaluate().
class Evaluation {
 public:
  Evaluation(const EvaluationRequest& request, const EvaluationServices& services,
             std::stop_token stop)
      : request_(request), services_(services), stop_(std::move(stop)) {}

  Ranking run() {
    BuildPool pool(services_.builder, build_requests(), request_.jobs, build_timeout, stop_);
    const auto trusted = trusted_objects({.task = request_.task,
                                          .device = request_.device,
                                          .prefix = request_.prefix,
                                          .archs = request_.archs},
                                         services_.builder, stop_);
    std::deque<FinishedBuild> early;
    while (!request_.device.cuda()) {
      auto build = pool.next();
      if (!build) break;
      early.push_back(std::move(*build));
    }
    Ranking ranking = describe();
    std::vector<CandidateResult> results(request_.candidates.size());
    std::optional<JudgeClient> judge;
    if (worth_a_judge(early)) {
      judge.emplace(judge_settings(request_, trusted), stop_);
      open(*judge, trusted, ranking);
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto& candidate = request_.candidates[i];
      if (candidate.rejection) {
        results[i] = refuse(candidate, candidate.rejection->status, candidate.rejection->reason);
      } else if (!candidate.source) {
        results[i] = try_object(*judge, candidate, candidate.path);
      }
    }
    for (;;) {
      const auto build = next(early, pool);
      if (!build) break;
      const auto index = sources_[build->index];
      results[index] = try_build(judge, request_.candidates[index], *build);
    }
    judge.reset();
    for (auto& result : results) result = scored(std::move(result), ranking, services_.scorer);
    ranking.candidates = ranked(std::move(results));
    return ranking;
  }

 private:
  std::vector<BuildRequest> build_requests() {
    std::vector<BuildRequest> requests;
    for (std::size_t i = 0; i < request_.candidates.size(); ++i) {
      const auto& candidate = request_.candidates[i];
      if (candidate.rejection || !candidate.source) continue;
      requests.push_back({.source = candidate.path, .archs = request_.archs, .flags = {}});
      sources_.push_back(i);
    }
    return requests;
  }

  /// Whether anything is left that a judge could try, given the builds that are done.
  bool worth_a_judge(const std::deque<FinishedBuild>& early) const {
    if (early.size() < sources_.size()) return true;
    const auto built = [](const auto& b) { return b.result.ok && b.error.empty(); };
    return std::any_of(early.begin(), early.end(), built) ||
           std::any_of(request_.candidates.begin(), request_.candidates.end(),
                       [](const auto& c) { return !c.rejection && !c.source; });
  }

  static std::optional<FinishedBuild> next(std::deque<FinishedBuild>& early, BuildPool& pool) {
    if (early.empty()) return pool.next();
    auto build = std::move(early.front());
    early.pop_front();
    return build;
  }

  void open(JudgeClient& judge, const TrustedObjects& trusted, Ranking& ranking) {
    const auto ready = judge.open(events({}));
    ranking.device = ready.device;
    ranking.timer = ready.timer;
    ranking.null_call_ms = ready.null_call_ms;
    notify(services_.observer.began, (request_.candidates.size() + 1) * request_.workloads.size());
    ranking.baseline_name = time_reference(judge, trusted.reference);
  }

  Ranking describe() const {
    Ranking ranking;
    ranking.definition = request_.task.definition.name;
    ranking.device = request_.device;
    ranking.flush = request_.flush;
    ranking.rule = request_.rule;
    ranking.scorer = request_.scorer;
    ranking.seed = request_.seed;
    return ranking;
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

  /// Fills in baseline_; returns the reference's name.
  std::string time_reference(JudgeClient& judge, const std::filesystem::path& object) {
    const auto evaluated = judge.evaluate(object, "reference", events("the reference"));
    for (std::size_t i = 0; i < evaluated.trials.size(); ++i) {
      const auto& trial = evaluated.trials[i];
      if (trial.status == Status::passed && trial.timing) {
        baseline_.push_back(*trial.timing);
        continue;
      }
      const auto& workload = request_.workloads[i];
      fail(
          "the reference of {} got {} on workload {} ({}): {}; leave that workload out with "
          "--workloads, or raise --timeout",
          request_.task.definition.name, name(trial.status), workload.uuid,
          axes_text(workload.axes), first_line(trial.log));
    }
    notify(services_.observer.baseline, evaluated.seconds);
    return evaluated.name.empty() ? object.filename().string() : evaluated.name;
  }

  CandidateResult result_of(const PlannedCandidate& candidate, std::vector<Trial> trials) const {
    CandidateResult result;
    result.name = candidate.name;
    result.path = candidate.path.string();
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const auto& workload = request_.workloads[i];
      result.workloads.push_back(
          {.uuid = workload.uuid,
           .axes = workload.axes,
           .trial = std::move(trials[i]),
           .baseline = i < baseline_.size() ? std::optional(baseline_[i]) : std::nullopt,
           .floor_ms = roofline_ms(request_.device, request_.task.definition, workload)});
    }
    return result;
  }

  CandidateResult refuse(const PlannedCandidate& candidate, Status status,
                         const std::string& reason) const {
    const auto count = request_.workloads.size();
    notify(services_.observer.finished, candidate.name, status, 0.0, count);
    return result_of(candidate, std::vector<Trial>(count, failed(status, reason)));
  }

  CandidateResult try_build(std::optional<JudgeClient>& judge, const PlannedCandidate& candidate,
                            const FinishedBuild& build) const {
    notify(services_.observer.built, candidate.name, build.result);
    auto result = build.result.ok && build.error.empty()
                      ? try_object(*judge, candidate, build.result.object)
                      : refuse(candidate, Status::compile_error, complaint(build));
    result.build_seconds = build.result.seconds;
    result.build_cached = build.result.cached;
    return result;
  }

  CandidateResult try_object(JudgeClient& judge, const PlannedCandidate& candidate,
                             const std::filesystem::path& object) const {
    std::size_t seen = 0;
    auto observed = events(candidate.name);
    const auto forward = observed.trial;
    observed.trial = [&](std::size_t index, const Trial& trial) {
      ++seen;
      forward(index, trial);
    };
    auto evaluated = judge.evaluate(object, "candidate", observed);
    auto result = result_of(candidate, std::move(evaluated.trials));
    result.wall_seconds = evaluated.seconds;
    const auto missing = request_.workloads.size() - std::min(seen, request_.workloads.size());
    notify(services_.observer.finished, candidate.name, verdict_of(result), evaluated.seconds,
           missing);
    return result;
  }

  const EvaluationRequest& request_;
  const EvaluationServices& services_;
  std::stop_token stop_;
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
