// fihost evolve SEED
#include <unistd.h>

#include <iostream>
#include <mutex>

#include "core/eval/plugin_scorer.hpp"
#include "core/report/best_folder.hpp"
#include "core/report/ranking_json.hpp"
#include "core/report/ranking_reader.hpp"
#include "core/report/run_view.hpp"
#include "core/search/code_digest.hpp"
#include "core/search/device_evaluator.hpp"
#include "core/search/evolution.hpp"
#include "core/search/profiling.hpp"
#include "core/search/recorded_evaluator.hpp"
#include "core/search/static_advice.hpp"
#include "tools/fihost/evaluation_session.hpp"
#include "tools/fihost/evolve_options.hpp"
#include "tools/fihost/evolve_parts.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// One `fihost evolve`, from its options to its last line.
class EvolveCommand {
 public:
  EvolveCommand(EvolveOptions options, std::stop_token stop)
      : options_(std::move(options)),
        stop_(std::move(stop)),
        session_(options_.evaluation, stop_),
        task_(task_of_seed()),
        parts_(find_parts(options_.config, options_.evaluation.plugin_folders, session_.device(),
                          stop_)),
        store_(open_store()),
        scorer_(plugin_scorer(*parts_.scorer)),
        view_(std::cerr, terminal_of(STDERR_FILENO)) {
    if (options_.replay) {
      recorded_.emplace(search::RunStore::view(*options_.replay / "run.sqlite"));
    }
  }

  search::EvolutionEnd run() {
    for (const auto& note : options_.notes) view_.line("note: " + note);
    for (const auto& remark : parts_.remarks) view_.line(remark);
    view_.line(fmt::format("run {}: Ctrl-C ends it, `fihost evolve --resume {}` goes on",
                           options_.output.string(), options_.output.string()));
    const auto request = evolution_request();
    auto end = search::evolve(request, services(), store_, stop_);
    view_.end();
    return end;
  }

 private:
  EvaluationRequest task_of_seed() {
    auto plans = session_.plan();
    if (plans.size() != 1 || plans.front().candidates.size() != 1 ||
        !plans.front().candidates.front().source || plans.front().candidates.front().solution) {
      throw Error("evolve: the seed is one .cu or .cpp file", Fault::usage);
    }
    seed_ = plans.front().candidates.front();
    if (seed_.rejection) {
      throw Error(fmt::format("evolve: {}: {}", seed_.path.string(), seed_.rejection->reason),
                  Fault::usage);
    }
    return session_.request_for(plans.front());
  }

  search::RunStore open_store() {
    const auto file = options_.output / "run.sqlite";
    if (options_.resume) return search::RunStore::open(file);
    return search::RunStore::create(file, {.definition = task_.task.definition.name,
                                           .created_at = {},
                                           .seed_path = fs::absolute(seed_.path).string(),
                                           .config = search::to_json(options_.config),
                                           .about = Json::object(),
                                           .branched_from = {}});
  }

  [[nodiscard]] search::Language language() const {
    return seed_.path.extension() == ".cu" ? search::Language::cuda : search::Language::cpp;
  }

  search::EvolutionRequest evolution_request() const {
    search::EvolutionRequest request{.config = options_.config,
                                     .definition = task_.task.definition,
                                     .workloads = task_.workloads,
                                     .device = session_.device(),
                                     .language = language(),
                                     .seed_name = seed_.path.stem().string(),
                                     .seed_source = {},
                                     .score_rule = parts_.score_rule};
    // A run that exists knows its seed, whatever became of the file.
    if (!options_.resume) request.seed_source = read_text(seed_.path);
    return request;
  }

  /// Every device that is to be used, at least one.
  [[nodiscard]] std::vector<DeviceInfo> devices() const {
    if (options_.replay) return {session_.device()};
    std::vector<DeviceInfo> chosen;
    const auto& wanted = options_.config.evaluator.devices;
    const auto probe = session_.probe();
    for (const auto& name : wanted) chosen.push_back(choose_device(probe, name));
    if (!chosen.empty()) return chosen;
    for (const auto& device : probe.devices) {
      if (device.cuda() && session_.device().cuda()) chosen.push_back(device);
    }
    if (chosen.empty()) chosen.push_back(session_.device());
    return chosen;
  }

  std::unique_ptr<search::Evaluator> open_evaluator(const DeviceInfo& device,
                                                    std::stop_token stop) {
    if (options_.replay) {
      std::vector<std::string> uuids;
      for (const auto& workload : task_.workloads) uuids.push_back(workload.uuid);
      auto run = search::RunStore::view(*options_.replay / "run.sqlite");
      auto about = parse_rankings(run.head().about, options_.replay->string()).front();
      return std::make_unique<search::RecordedEvaluator>(std::move(run), std::move(about), uuids);
    }
    auto request = task_;
    request.device = device;
    return std::make_unique<search::DeviceEvaluator>(
        std::move(request), session_.builder(),
        JudgeEvents{
            .progress = [this](const std::string& text) { say(text); }, .stage = {}, .trial = {}},
        std::move(stop));
  }

  search::EvolutionServices services() {
    devices_ = devices();
    search::EvolutionServices services{
        .open_evaluator =
            [this](std::size_t i, std::stop_token stop) {
              return open_evaluator(devices_[i], std::move(stop));
            },
        .devices = devices_.size(),
        .describe = [this](const Ranking& about) { return describe(about); },
        .build = source_builder(session_.builder(), scratch_, language(), task_.archs,
                                milliseconds(options_.config.evaluator.build_timeout_s)),
        .code_digest = [tool = search::find_cuobjdump(session_.builder().toolchain())](
                           const fs::path& object) { return search::code_digest(object, tool); },
        .advise = {},
        .scorer = scorer_,
        .mutators = parts_.mutators,
        .llm = parts_.llm.get(),
        .profile = {},
        .recorded = recorded_ ? &*recorded_ : nullptr,
        .observer = observer()};
    if (session_.device().cuda()) services.advise = adviser();
    if (parts_.profiler && !options_.replay) {
      services.profile = [this](const fs::path& object, const Workload& workload) {
        return profile(object, workload);
      };
    }
    return services;
  }

  [[nodiscard]] std::function<std::vector<std::string>(const fs::path&,
                                                       const std::vector<KernelUsage>&)>
  adviser() const {
    constexpr auto limit = std::chrono::seconds(20);
    return [this, limit,
            compute_bound = search::compute_bound_workloads(task_.task, session_.device())](
               const fs::path& object, const std::vector<KernelUsage>& kernels) {
      const auto& toolchain = session_.builder().toolchain();
      return search::static_advice({.kernels = kernels,
                                    .instructions = search::disassemble(object, toolchain, limit),
                                    .compute_bound = compute_bound,
                                    .workloads = task_.task.workloads.size()});
    };
  }

  static std::chrono::milliseconds milliseconds(double seconds) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::duration<double>(seconds));
  }

  Json describe(const Ranking& about) {
    about_ = about;
    about_.environment = session_.environment();
    auto json = to_json(about_);
    json["invocation"] = invocation_json(options_.evaluation);
    return json;
  }

  Json profile(const fs::path& object, const Workload& workload) {
    constexpr double seconds = 300;
    const auto found = search::profile(*parts_.profiler,
                                       {.task = task_.task,
                                        .dataset = task_.dataset,
                                        .task_folders = task_.task_folders,
                                        .worker = task_.worker,
                                        .cache = task_.cache,
                                        .device = session_.device(),
                                        .seed = task_.seed,
                                        .object = object,
                                        .tvm_ffi = {},
                                        .device_is_ours = true},
                                       workload, seconds);
    auto reply = found.reply;
    reply["digest"] = found.digest;
    return reply;
  }

  void say(const std::string& text) {
    const std::lock_guard lock(view_mutex_);
    view_.line(text);
  }

  search::EvolutionObserver observer() {
    return {.event =
                [this](const std::string& text) {
                  const std::lock_guard lock(view_mutex_);
                  view_.event(text);
                },
            .line = [this](const std::string& text) { say(text); },
            .progress =
                [this](const RunProgress& progress) {
                  const std::lock_guard lock(view_mutex_);
                  view_.resize(terminal_of(STDERR_FILENO));
                  view_.update(progress);
                },
            .champion = [this](const search::Program& champion,
                               const fs::path& object) { keep_best(champion, object); }};
  }

  void keep_best(const search::Program& champion, const fs::path& object) {
    const auto seed = champion.generation == 0 ? champion : store_.program(1);
    const auto missing = write_best(options_.output / "best", {.program = champion,
                                                               .seed = seed,
                                                               .about = about_,
                                                               .object = object,
                                                               .definition = task_.task.definition,
                                                               .workloads = task_.workloads,
                                                               .prefix = session_.prefix(),
                                                               .author = "fihost"});
    const std::lock_guard lock(view_mutex_);
    for (const auto& line : missing) view_.event("best: " + line);
  }

  EvolveOptions options_;
  std::stop_token stop_;
  TempDir scratch_;
  EvaluationSession session_;
  PlannedCandidate seed_;
  EvaluationRequest task_;
  EvolveParts parts_;
  search::RunStore store_;
  std::optional<search::RunStore> recorded_;
  Scorer scorer_;
  std::mutex view_mutex_;  // guards view_: judges speak on the threads of their devices
  RunView view_;
  Ranking about_;
  std::vector<DeviceInfo> devices_;
};

double gain(const search::EvolutionEnd& end) {
  return end.champion.result.score.value_or(0) / end.seed.result.score.value_or(1);
}

Json to_json(const search::EvolutionEnd& end, const fs::path& run) {
  const auto program = [](const search::Program& p) {
    const auto& ci = p.result.score_ci;
    return Json{{"name", p.name},
                {"score", p.result.score ? Json(*p.result.score) : Json(nullptr)},
                {"score_ci", ci ? Json({ci->low, ci->high}) : Json(nullptr)},
                {"mutator", p.mutator},
                {"note", p.note}};
  };
  return {{"schema", "fihost.evolve/1"},
          {"run", run.string()},
          {"reason", end.reason},
          {"interrupted", end.interrupted},
          {"iterations", end.iteration},
          {"proposals", end.proposals},
          {"improvements", end.improvements},
          {"seed", program(end.seed)},
          {"champion", program(end.champion)},
          {"gain", gain(end)}};
}

std::string summary(const search::EvolutionEnd& end, const fs::path& run) {
  auto text =
      fmt::format("{} proposals, {} evaluated, {} improvement{}; {}\n", end.proposals,
                  end.iteration, end.improvements, end.improvements == 1 ? "" : "s", end.reason);
  if (end.improvements > 0) {
    text += fmt::format("{} is {:.2f} times as fast as the seed {}\n", end.champion.name, gain(end),
                        end.seed.name);
  } else {
    text += fmt::format("nothing beats the seed {} beyond the noise\n", end.seed.name);
  }
  text += fmt::format("best: {}\n", (run / "best").string());
  text += fmt::format("look: fihost report {} -o run.html\n", run.string());
  return text;
}

int run(const Arguments& arguments, std::stop_token stop) {
  auto options = read_evolve_options(arguments);
  if (options.config.mutators.empty()) options.config.mutators = default_mutators(options.config);
  if (arguments.has("print-config")) {
    for (const auto& note : options.notes) std::cerr << "note: " << note << "\n";
    if (arguments.has("json")) {
      print_json(search::to_json(options.config));
    } else {
      print(search::to_yaml(options.config));
    }
    return 0;
  }
  const auto folder = options.output;
  EvolveCommand command(std::move(options), stop);
  const auto end = command.run();
  if (arguments.has("json")) {
    print_json(to_json(end, folder));
  } else {
    print(summary(end, folder));
  }
  if (end.interrupted) return 130;
  return end.improvements > 0 ? 0 : 1;
}

}  // namespace

Subcommand evolve_subcommand() {
  return {
      .name = "evolve",
      .usage = "evolve SEED",
      .summary = "write the next generation, check it, keep what is faster",
      .detail =
          "SEED is a .cu or .cpp file that passes. Its constants are swept, faster candidates are\n"
          "joined by size, and where a model is configured it writes new ones. Every child is\n"
          "checked like any candidate; one is the champion only after it was timed against the "
          "old\n"
          "one in turns. Everything is kept in the run's folder, event by event: a run that was\n"
          "killed goes on with --resume. Exit code 1: nothing beat the seed.",
      .examples = {"fihost evolve candidates/rmsnorm_h7168/tunable.cpp --quick  # no model needed",
                   "fihost evolve seed.cu --config config.yaml",
                   "fihost evolve seed.cu --model qwen3-coder --api-base http://localhost:11434/v1",
                   "fihost evolve --resume runs/mine",
                   "fihost evolve --print-config > config.yaml"},
      .options = evolve_options(),
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
