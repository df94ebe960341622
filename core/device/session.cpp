#include "core/device/session.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/device/dataset_maker.hpp"
#include "core/device/match.hpp"
#include "core/device/native_reference.hpp"

namespace fihost::device {
namespace {

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

Session::Session(const std::string& worker, const std::string& device, SessionRequest request,
                 Emit emit)
    : request_(std::move(request)),
      emit_(std::move(emit)),
      device_(open_device(device)),
      nvml_(device_->info().type == FIHOST_CUDA ? device_->info().uuid : "") {
  const std::string id = device_->info().type == FIHOST_CUDA ? device_->info().uuid : "cpu";
  lock_.emplace(id, [&] {
    emit_({{"event", "progress"},
           {"text", "waiting for another fihost that is using " + device_->info().name}});
  });
  rules_.timing = timing_policy(request_.quick, device_->info().type == FIHOST_CPU);
  runners_.emplace(worker, device, request_.flush, rules_.timing.processes);
  task_ = find_task(request_.definition, request_.dataset, request_.task_path, request_.cache);
  if (task_.definition.op_type == "sampling" ||
      task_.definition.name.rfind("dsa_topk_indexer", 0) == 0) {
    fail(
        "definition {} needs an evaluator of its own (statistical or top-k), which fihost does not "
        "have; its score would be wrong",
        task_.definition.name);
  }
  select_workloads();
  if (task_.builtin_data) make_missing_data();
  open_reference(worker);
  memory_.emplace(*device_, task_, *reference_, request_.seed);
  rules_.tolerance = request_.tolerance.value_or(task_.definition.tolerance);
  rules_.rule = request_.rule;
  rules_.call_timeout = request_.call_timeout;
  auto first = runners_->take();  // proves that runners work before the first candidate comes
  const auto rule = request_.flush == "read" ? FlushRule::read : FlushRule::zero;
  emit_({{"event", "opened"},
         {"device", to_json(device_->info())},
         {"timer", device_->make_stopwatch(rule)->description()},
         {"seed", request_.seed},
         {"null_call_ms", first->null_call_ms()}});
}

void Session::open_reference(const std::string& worker) {
  const auto& definition = task_.definition;
  if (!request_.reference.empty()) {
    reference_ = std::make_unique<NativeReference>(request_.reference, definition.name, *device_);
    return;
  }
  const bool cuda = device_->info().type == FIHOST_CUDA;
  const auto prefix = std::filesystem::path(worker).parent_path().parent_path();
  const TorchSettings settings{
      .python = request_.python,
      .script = prefix / "share/fihost/python/torch_reference.py",
      .device = cuda ? fmt::format("cuda:{}", device_->info().ordinal) : std::string("cpu")};
  auto torch = std::make_unique<TorchReference>(settings, definition, *device_, request_.seed,
                                                request_.cache);
  torch_ = torch.get();
  reference_ = std::move(torch);
}

void Session::select_workloads() {
  for (const std::string& uuid : request_.workloads) {
    const auto found = std::find_if(task_.workloads.begin(), task_.workloads.end(),
                                    [&](const Workload& w) { return w.uuid == uuid; });
    if (found == task_.workloads.end()) {
      fail("definition {} has no workload {}", task_.definition.name, uuid);
    }
    workloads_.push_back(&*found);
  }
}

void Session::make_missing_data() {
  std::vector<const Workload*> missing;
  for (const Workload* workload : workloads_) {
    if (lacks_data(task_, *workload)) missing.push_back(workload);
  }
  if (missing.empty()) return;
  if (request_.generator.empty()) {
    fail("the data of {} is not in {} and the task has no generator to make it",
         task_.definition.name, task_.root.string());
  }
  const auto cpu = open_device("cpu");
  TrustedObject generator(request_.generator, FIHOST_ROLE_GENERATOR, task_.definition.name, *cpu);
  for (std::size_t i = 0; i < missing.size(); ++i) {
    emit_({{"event", "progress"},
           {"text", fmt::format("making workload data {}/{}", i + 1, missing.size())}});
    make_data(task_, *missing[i], generator, *cpu);
  }
}

void Session::emit_trial(const Json& who, const Workload& workload, const Trial& trial,
                         double seconds) const {
  Json event = {{"event", "trial"}};
  event.update(who);
  event.update({{"workload", workload.uuid}, {"trial", to_json(trial)}, {"seconds", seconds}});
  emit_(event);
}

Entrant::StageEvent Session::stage_events(const Json& who) const {
  return [this, who](const std::string& workload, const char* stage) {
    Json event = {{"event", "stage"}};
    event.update(who);
    event.update({{"workload", workload}, {"stage", stage}});
    emit_(event);
  };
}

ExaminationRules Session::rules_for(const Part& part) {
  ExaminationRules rules = rules_;
  if (part.quick) {
    rules.timing = timing_policy(*part.quick, device_->info().type == FIHOST_CPU);
  }
  runners_->reserve(rules.timing.processes);
  return rules;
}

std::vector<const Workload*> Session::workloads_of(const Part& part) const {
  if (part.workloads.empty()) return workloads_;
  std::vector<const Workload*> chosen;
  for (const std::string& uuid : part.workloads) {
    const auto found = std::find_if(workloads_.begin(), workloads_.end(),
                                    [&](const Workload* w) { return w->uuid == uuid; });
    if (found == workloads_.end()) fail("this session was not opened with workload {}", uuid);
    chosen.push_back(*found);
  }
  return chosen;
}

/// Its outputs are the expectations; what remains is how long it takes.
std::string Session::time_torch(std::uint64_t id, const Part& part) {
  const Json who = {{"id", id}};
  const TimingPolicy timing = rules_for(part).timing;
  for (const Workload* workload : workloads_of(part)) {
    stage_events(who)(workload->uuid, "time");
    const auto start = Clock::now();
    memory_->open(*workload);
    Trial trial;
    trial.status = Status::passed;
    trial.correctness.emplace();
    trial.timing = torch_->time(memory_->reference_call(0), timing);
    emit_trial(who, *workload, trial, seconds_since(start));
  }
  return torch_->description();
}

std::string Session::evaluate(std::uint64_t id, const EntrantObject& object, const Part& part) {
  if (object.role == FIHOST_ROLE_REFERENCE && torch_ != nullptr) return time_torch(id, part);
  const Json who = {{"id", id}};
  Entrant entrant(bench(), object, rules_for(part), stage_events(who));
  for (const Workload* workload : workloads_of(part)) {
    const auto start = Clock::now();
    const Trial trial = trial_of(entrant, *workload);
    emit_trial(who, *workload, trial, seconds_since(start));
  }
  return entrant.name();
}

/// The processes take turns on one workload, so that slow drift meets all of them alike. The first
/// that does not pass decides; the candidate then has no score, and one process is enough to give
/// its other workloads their verdicts.
Trial Session::trial_of(Entrant& entrant, const Workload& workload) {
  std::vector<Timing> parts;
  Trial all;
  const std::size_t processes = entrant.processes();
  for (std::size_t process = 0; process < processes; ++process) {
    if (!entrant.ready(process)) return *entrant.verdict();
    const LentSets& sets = process == 0 ? memory_->open(workload) : memory_->current();
    const Trial trial = entrant.examine(process, sets);
    if (trial.status != Status::passed) return trial;
    parts.push_back(*trial.timing);
    if (process == 0) {
      all = trial;
    } else {
      all.correctness = worse(*all.correctness, *trial.correctness);
    }
  }
  all.timing = merge_processes(parts);
  return all;
}

std::vector<std::string> Session::match(std::uint64_t id, const std::vector<EntrantObject>& objects,
                                        const Part& part, std::size_t rounds) {
  const auto start = Clock::now();
  const ExaminationRules rules = rules_for(part);
  std::vector<Entrant> entrants;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    entrants.emplace_back(bench(), objects[i], rules, stage_events({{"id", id}, {"object", i}}));
  }
  const auto workloads = workloads_of(part);
  const MatchTrials trials = play(bench(), entrants, workloads, rounds);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    for (std::size_t w = 0; w < workloads.size(); ++w) {
      if (!trials[i][w]) continue;
      emit_trial({{"id", id}, {"object", i}}, *workloads[w], *trials[i][w], seconds_since(start));
    }
    names.push_back(entrants[i].name());
  }
  return names;
}

}  // namespace fihost::device
