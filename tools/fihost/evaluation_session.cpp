#include "tools/fihost/evaluation_session.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "core/base/cancelled.hpp"
#include "core/base/paths.hpp"
#include "core/eval/first_line.hpp"
#include "core/eval/measured_trace.hpp"
#include "core/eval/parallel.hpp"
#include "core/eval/plugin_scorer.hpp"
#include "core/eval/worker_probe.hpp"
#include "core/eval/workload_filter.hpp"
#include "core/solution/solution_build.hpp"
#include "tools/fihost/build_facts.hpp"

namespace fihost {
namespace {

// Loading runs constructors and, for CUDA, registers code: far below a second unless it hangs.
constexpr auto inspection_limit = std::chrono::seconds(15);
// What a plain implementation needs several seconds for on a few CPU cores.
constexpr double long_on_cpu_flops = 2e10;

std::unique_ptr<Component> find_scorer(const EvaluationOptions& options,
                                       const std::filesystem::path& prefix,
                                       const std::stop_token& stop) {
  const Registry registry(plugin_path(options.plugin_folders, prefix));
  for (const auto& refusal : registry.refusals()) {
    std::cerr << "warning: " << refusal.library.string() << ": " << refusal.reason << "\n";
  }
  return registry.create("scorer/1", options.scorer, Json::object(), stop);
}

std::vector<std::string> archs_for(const EvaluationOptions& options, const DeviceInfo& device) {
  if (!options.archs.empty() || !device.cuda()) return options.archs;
  return {default_arch(device.arch)};
}

std::vector<std::filesystem::path> absolute(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::filesystem::path> out;
  for (const auto& folder : folders) out.push_back(std::filesystem::absolute(folder));
  return out;
}

}  // namespace

EvaluationSession::EvaluationSession(const EvaluationOptions& options, std::stop_token stop)
    : options_(options),
      stop_(stop),
      prefix_(install_prefix()),
      cache_(std::filesystem::absolute(cache_dir())),
      worker_(worker_program(prefix_)),
      probe_(probe_worker(worker_, stop)),
      device_(choose_device(probe_, options.device)),
      archs_(archs_for(options, device_)),
      toolchain_(find_toolchain()),
      environment_(environment_of(toolchain_, archs_)),
      builder_(toolchain_, prefix_, cache_),
      scorer_(options.scorer.empty() ? nullptr : find_scorer(options, prefix_, stop)),
      progress_(std::cerr, terminal_of(STDERR_FILENO)) {
  environment_.fihost = build_facts::version;
  environment_.commit = build_facts::commit;
  open_store();
}

void EvaluationSession::open_store() {
  try {
    store_.emplace(result_store_file(cache_));
  } catch (const Error& e) {
    if (options_.resume) throw;
    std::cerr << "warning: results are not kept for --resume: " << e.what() << "\n";
  }
}

void EvaluationSession::write_trace(const MeasuredTrial& measured, const Task& task) {
  const auto path =
      trace_path(*options_.traces, options_.author, task.definition.op_type, task.definition.name);
  trace_files_.try_emplace(path, path)
      .first->second.append(
          trace_of(measured, solution_name(measured.candidate), build_facts::version));
}

Inspection EvaluationSession::look_into(const std::filesystem::path& path,
                                        const std::string& function) const {
  try {
    const std::chrono::duration<double> given(options_.timeout_s);
    const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(given);
    return inspect(worker_, path, std::min<std::chrono::milliseconds>(timeout, inspection_limit),
                   stop_, function.empty() ? options_.entry : function);
  } catch (const Error& e) {
    Inspection result;
    result.rejection = Rejection{.status = Status::compile_error, .reason = e.what()};
    return result;
  }
}

std::vector<Plan> EvaluationSession::plan() const {
  PlanRequest request;
  request.files = collect({options_.paths.begin(), options_.paths.end()}, device_);
  request.inspections.resize(request.files.size());
  request.definition = options_.definition;
  request.device = device_;
  std::exception_ptr failure;  // written by one thread at most: the stop ends all of them
  std::mutex mutex;
  for_each_parallel(request.files.size(), options_.jobs, stop_, [&](std::size_t i) {
    if (request.files[i].source || request.files[i].rejection) return;
    try {
      request.inspections[i] = look_into(request.files[i].path);
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  });
  check_cancelled(stop_);
  if (failure) std::rethrow_exception(failure);
  return make_plans(request);
}

BuildResult EvaluationSession::build(const std::filesystem::path& path) const {
  constexpr auto limit = std::chrono::minutes(10);
  if (path.extension() != ".json") {
    return builder_.build({.source = path, .archs = archs_, .flags = {}}, limit, stop_);
  }
  const auto solution = parse_solution(read_json(path), path.string());
  if (!unsupported(solution).empty()) return {};
  return build_solution(
      {.solution = solution, .toolchain = toolchain_, .cache = cache_, .archs = archs_}, limit,
      stop_);
}

EvaluationRequest EvaluationSession::request_for(const Plan& plan) const {
  EvaluationRequest request;
  request.task_folders = absolute(task_path(prefix_));
  if (plan.task) request.task_folders.insert(request.task_folders.begin(), *plan.task);
  if (options_.dataset) request.dataset = std::filesystem::absolute(*options_.dataset);
  request.task = find_task(plan.definition, request.dataset, request.task_folders, cache_);
  request.workloads = select_workloads(request.task.workloads, options_.workloads);
  request.candidates = plan.candidates;
  request.device = device_;
  request.prefix = prefix_;
  request.worker = worker_;
  request.cache = cache_;
  request.archs = archs_;
  request.seed = options_.seed;
  request.seed_free = !options_.seed_given;
  request.resume = options_.resume;
  request.reference = options_.reference;
  request.timeout_s = options_.timeout_s;
  request.jobs = options_.jobs;
  request.quick = options_.quick;
  request.rule = options_.rule;
  request.flush = options_.flush;
  request.scorer = options_.scorer;
  request.verbose = options_.verbose;
  return request;
}

Ranking EvaluationSession::rank(const Plan& plan) {
  if (plan.definition.empty()) return rank_refused(plan.candidates, device_, "");
  EvaluationRequest request;
  try {
    request = request_for(plan);
  } catch (const Error& e) {
    // Only the objects claim that there is such a definition: that is their fault, not the user's.
    if (options_.definition || plan.task || e.fault() == Fault::usage) throw;
    return rank_refused(plan.candidates, device_, e.what());
  }
  warn_of_long_runs(request);
  const auto score = plugin_scorer(*scorer_);
  auto watch = observer();
  if (options_.traces) {
    watch.measured = [&](const MeasuredTrial& measured) { write_trace(measured, request.task); };
  }
  auto ranking = evaluate(request,
                          {.builder = builder_,
                           .scorer = score,
                           .observer = watch,
                           .store = store_ ? &*store_ : nullptr},
                          stop_);
  progress_.end();
  return ranking;
}

std::vector<Ranking> EvaluationSession::rank() {
  const auto plans = plan();
  std::vector<Ranking> rankings;
  for (const auto& each : plans) {
    try {
      rankings.push_back(rank(each));
      rankings.back().environment = environment_;
    } catch (const Error& e) {
      if (plans.size() == 1 || e.fault() == Fault::internal) throw;
      progress_.end();
      std::cerr << "fihost: " << each.definition << ": " << e.what() << "\n";
      passed_over_ = std::max(passed_over_.value_or(e.fault()), e.fault());
    }
  }
  return rankings;
}

Observer EvaluationSession::observer() {
  Observer observer;
  const bool interactive = terminal_of(STDERR_FILENO).interactive;
  observer.note = [this, interactive](const std::string& text) {
    if (interactive && !options_.verbose) {
      progress_.label(text);
    } else {
      progress_.line(text);
    }
  };
  observer.began = [this](std::size_t steps) { progress_.begin(steps); };
  observer.built = [this](const std::string& candidate, const BuildResult& result) {
    if (!options_.verbose) return;
    progress_.line(fmt::format("{}: built in {:.1f} s{}", candidate, result.seconds,
                               result.cached ? " (cached)" : ""));
    if (!result.log.empty()) progress_.line(result.log);
  };
  observer.baseline = [this](double seconds) {
    progress_.line(fmt::format("the reference is timed ({:.1f} s)", seconds));
  };
  observer.stage = [this](const std::string& candidate, const std::string& workload,
                          const std::string& stage) {
    progress_.label(fmt::format("{} {}: {}", candidate, workload, stage));
  };
  observer.trial = [this](const std::string&, const Trial&) { progress_.step(); };
  observer.finished = [this](const std::string& candidate, Status verdict, double seconds,
                             std::size_t steps) {
    if (steps > 0) progress_.step(steps);
    progress_.line(fmt::format("{}: {} ({:.1f} s)", candidate, name(verdict), seconds));
  };
  return observer;
}

void EvaluationSession::warn_of_long_runs(const EvaluationRequest& request) {
  if (device_.cuda()) return;
  const auto slow = [](const Workload& w) { return w.cost && w.cost->flops > long_on_cpu_flops; };
  const auto count = std::count_if(request.workloads.begin(), request.workloads.end(), slow);
  if (count == 0) return;
  const auto& largest = *std::max_element(
      request.workloads.begin(), request.workloads.end(), [](const auto& a, const auto& b) {
        return a.cost.value_or(Cost{}).flops < b.cost.value_or(Cost{}).flops;
      });
  progress_.line(fmt::format(
      "warning: {} of {} workloads are large for a CPU (up to {}, {:.0f} GFLOP a call) and may "
      "take "
      "minutes each; --workloads leaves them out",
      count, request.workloads.size(), axes_text(largest.axes), largest.cost->flops / 1e9));
}

int exit_code(const std::vector<Ranking>& rankings) {
  for (const auto& ranking : rankings) {
    for (const auto& candidate : ranking.candidates) {
      if (candidate.verdict == Status::passed) return 0;
    }
  }
  return 1;
}

}  // namespace fihost
