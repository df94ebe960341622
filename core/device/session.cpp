#include "core/device/session.hpp"

#include <fcntl.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/device/dataset_maker.hpp"
#include "core/device/native_reference.hpp"
#include "core/device/object.hpp"

namespace fihost::device {
namespace {

constexpr std::chrono::seconds load_limit{10};
constexpr int abnormal_ends_allowed =
    2;  // of one candidate, before its other workloads are given up

}  // namespace

SessionRequest parse_session_request(const Json& json) {
  SessionRequest request;
  request.definition = json.at("definition");
  if (!json.at("dataset").is_null()) request.dataset = json.at("dataset").get<std::string>();
  for (const Json& path : json.at("task_path"))
    request.task_path.push_back(path.get<std::string>());
  request.cache = json.at("cache").get<std::string>();
  request.seed = json.at("seed");
  if (!json.at("reference").is_null()) request.reference = json.at("reference");
  request.python = json.value("python", "python3");
  if (!json.at("generator").is_null()) request.generator = json.at("generator");
  request.workloads = json.at("workloads").get<std::vector<std::string>>();
  if (const auto found = json.find("tolerance"); found != json.end() && !found->is_null()) {
    Tolerance tolerance;
    tolerance.atol = found->at("atol");
    tolerance.rtol = found->at("rtol");
    const Json& ratio = found->at("required_matched_ratio");
    if (!ratio.is_null()) tolerance.required_matched_ratio = ratio.get<double>();
    request.tolerance = tolerance;
  }
  const auto rule = parse_rule(json.at("rule").get<std::string>());
  if (!rule) fail("the host asks for an unknown rule {}", json.at("rule").get<std::string>());
  request.rule = *rule;
  request.quick = json.at("timing").at("policy") == "quick";
  request.flush = json.at("timing").at("flush");
  request.call_timeout =
      std::chrono::milliseconds(static_cast<long>(1000 * json.at("timeout_s").get<double>()));
  return request;
}

/// One candidate: the processes that hold it, and what became of earlier ones.
struct Session::Loaded {
  std::uint64_t id = 0;
  std::string object;
  fihost_role role = FIHOST_ROLE_CANDIDATE;
  std::optional<TvmFfiEntry> tvm_ffi;
  std::string name;
  std::vector<std::unique_ptr<RunnerProcess>> runners;  ///< [process]; none: to be started
  std::optional<Trial> verdict;                         ///< of every workload from here on
  int abnormal_ends = 0;
};

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

std::string Session::descriptor_refusal(const DescriptorText& text, fihost_role role) const {
  const std::string definition = get_text(text.definition, sizeof text.definition);
  if (definition != task_.definition.name) {
    return fmt::format("wrong definition: found {}, wanted {}", definition, task_.definition.name);
  }
  if (text.role != role) {
    return fmt::format("wrong role: found {} ({}), wanted {}", text.role, role_name(text.role),
                       role_name(role));
  }
  if (text.device_type != device_->info().type) {
    const auto device_name = [](std::int32_t type) {
      return type == FIHOST_CUDA ? "CUDA" : type == FIHOST_CPU ? "the CPU" : "an unknown device";
    };
    return fmt::format("wrong device: made for {}, this run uses {}", device_name(text.device_type),
                       device_name(device_->info().type));
  }
  const std::string arch = text.has_arch != 0 ? get_text(text.arch, sizeof text.arch) : "";
  return arch_refusal(arch, device_->info().arch);
}

void Session::load(Loaded& loaded, std::size_t process) {
  auto& runner = loaded.runners.at(process);
  const auto refuse = [&](Status status, const std::string& log) {
    runner.reset();
    loaded.verdict = Trial{};
    loaded.verdict->status = status;
    loaded.verdict->log = log;
  };
  const UniqueFd file(::open(loaded.object.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return refuse(Status::compile_error, "cannot be opened");
  runner = runners_->take();
  Message request;
  request.kind = MessageKind::load;
  if (loaded.tvm_ffi) {
    const auto& [function, runtime] = *loaded.tvm_ffi;
    TvmFfiText& text = request.tvm_ffi;
    if (function.size() >= sizeof text.function || runtime.size() >= sizeof text.runtime) {
      return refuse(Status::compile_error, "the name of its entry or of its runtime is too long");
    }
    function.copy(text.function, function.size());
    runtime.copy(text.runtime, runtime.size());
  }
  const auto limit = std::min<std::chrono::milliseconds>(load_limit, request_.call_timeout);
  const Reply reply = runner->exchange(request, limit, file.get());
  if (reply.silence == Silence::timeout) {
    refuse(Status::timeout,
           fmt::format("loading it took more than {} s (a constructor hangs?); killed",
                       static_cast<double>(limit.count()) / 1000));
  } else if (reply.silence == Silence::ended) {
    refuse(Status::runtime_error, "the runner died while loading it: " + runner->epitaph());
  } else if (reply.message.kind == MessageKind::refused) {
    refuse(Status::compile_error, get_text(reply.message.text, sizeof reply.message.text));
  } else {
    const DescriptorText& text = reply.message.descriptor;
    loaded.name = get_text(text.name, sizeof text.name);
    if (loaded.tvm_ffi) return;  // it has no descriptor of its own
    if (const std::string why = descriptor_refusal(text, loaded.role); !why.empty()) {
      refuse(Status::compile_error, why);
    }
  }
}

void Session::emit_trial(std::uint64_t id, const Workload& workload, const Trial& trial,
                         Clock::time_point start) const {
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  emit_({{"event", "trial"},
         {"id", id},
         {"workload", workload.uuid},
         {"trial", to_json(trial)},
         {"seconds", elapsed.count()}});
}

/// Its outputs are the expectations; what remains is how long it takes.
std::string Session::time_torch(std::uint64_t id) {
  for (const Workload* workload : workloads_) {
    emit_({{"event", "stage"}, {"id", id}, {"workload", workload->uuid}, {"stage", "time"}});
    const auto start = Clock::now();
    memory_->open(*workload);
    Trial trial;
    trial.status = Status::passed;
    trial.correctness.emplace();
    trial.timing = torch_->time(memory_->reference_call(0), rules_.timing);
    emit_trial(id, *workload, trial, start);
  }
  return torch_->description();
}

std::string Session::evaluate(std::uint64_t id, const std::string& object, fihost_role role,
                              const std::optional<TvmFfiEntry>& tvm_ffi) {
  if (role == FIHOST_ROLE_REFERENCE && torch_ != nullptr) return time_torch(id);
  Loaded loaded;
  loaded.id = id;
  loaded.object = object;
  loaded.role = role;
  loaded.tvm_ffi = tvm_ffi;
  loaded.runners.resize(rules_.timing.processes);
  for (const Workload* workload : workloads_) {
    const auto start = Clock::now();
    const Trial trial = trial_of(loaded, *workload);
    emit_trial(id, *workload, trial, start);
  }
  return loaded.name;
}

/// The processes take turns on one workload, so that slow drift meets all of them alike. The first
/// that does not pass decides; the candidate then has no score, and one process is enough to give
/// its other workloads their verdicts.
Trial Session::trial_of(Loaded& loaded, const Workload& workload) {
  std::vector<Timing> parts;
  Trial all;
  for (std::size_t process = 0; process < loaded.runners.size(); ++process) {
    if (!loaded.verdict && !loaded.runners[process]) load(loaded, process);
    if (loaded.verdict) return *loaded.verdict;
    const LentSets& sets = process == 0 ? memory_->open(workload) : memory_->current();
    const Trial trial = trial_in(loaded, process, sets);
    if (trial.status != Status::passed) {
      loaded.runners.clear();  // what a refused call left behind is nobody's business
      loaded.runners.resize(1);
      return trial;
    }
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

Trial Session::trial_in(Loaded& loaded, std::size_t process, const LentSets& sets) {
  ExaminationContext context{*device_, *memory_, nvml_,
                             [&](const char* stage) {
                               emit_({{"event", "stage"},
                                      {"id", loaded.id},
                                      {"workload", sets.workload->uuid},
                                      {"stage", stage}});
                             },
                             [&] { runners_->wait_quiet(); }};
  ExaminationRules rules = rules_;
  if (loaded.role == FIHOST_ROLE_REFERENCE) {
    rules.call_timeout = std::chrono::hours(1);  // it is trusted and may be slow; it is waited for
    rules.rule = CorrectnessRule::strict;        // it must repeat itself, infinities and all
  }
  Examination examination = examine(*loaded.runners[process], sets, rules, context);
  if (examination.runner_lost) {
    ++loaded.abnormal_ends;
    const bool hung = examination.trial.status == Status::timeout;
    if (hung || loaded.abnormal_ends >= abnormal_ends_allowed) {
      loaded.verdict = examination.trial;
      loaded.verdict->log = "skipped: on an earlier workload " + examination.trial.log;
    }
  }
  return examination.trial;
}

}  // namespace fihost::device
