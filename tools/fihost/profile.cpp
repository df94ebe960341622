// fihost profile FILE
#include <unistd.h>

#include <iostream>

#include "core/base/cancelled.hpp"
#include "core/base/paths.hpp"
#include "core/eval/task_data.hpp"
#include "core/eval/workload_filter.hpp"
#include "core/report/text_table.hpp"
#include "core/search/profiling.hpp"
#include "tools/fihost/evaluation_session.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

constexpr std::size_t default_workloads = 2;
constexpr double default_seconds = 300, longest_seconds = 24 * 3600;
// Random inputs are as good as any others here; the same ones make two profiles comparable.
constexpr std::uint64_t default_seed = 0;

EvaluationOptions read_options(const Arguments& arguments) {
  EvaluationOptions options;
  options.paths = arguments.paths();
  options.definition = arguments.text("definition");
  options.dataset = read_dataset(arguments);
  options.device = arguments.text("device");
  options.workloads = arguments.text("workloads").value_or("");
  options.seed = arguments.integer("seed", "an integer from 0 to 2^64 - 1").value_or(default_seed);
  options.entry = arguments.text("entry").value_or("");
  options.plugin_folders = read_plugin_folders(arguments);
  options.archs = read_archs(arguments);
  options.verbose = arguments.has("verbose");
  options.flush = "zero";
  return options;
}

std::unique_ptr<Component> find_profiler(const Arguments& arguments,
                                         const EvaluationOptions& options,
                                         const std::stop_token& stop) {
  const auto text = arguments.text("profiler-config").value_or("{}");
  Json config;
  try {
    config = parse_json(text, "--profiler-config");
  } catch (const Error& e) {
    throw Error(e.what(), Fault::usage);
  }
  const Registry registry(plugin_path(options.plugin_folders, install_prefix()));
  return registry.create("profiler/1", arguments.text("profiler").value_or("profiler.ncu"), config,
                         stop);
}

/// An object that can be called, or why there is none.
struct Subject {
  std::filesystem::path object;
  std::optional<TvmFfiEntry> tvm_ffi;
  std::string refusal;
};

std::string complaint(const BuildResult& build) {
  if (build.timed_out) return "the compiler did not finish in 10 minutes";
  for (const auto& d : build.diagnostics) {
    if (d.severity.find("error") != std::string::npos) {
      return fmt::format("{}:{}: {}: {}", d.file, d.line, d.severity, d.message);
    }
  }
  return "it does not compile; fihost build says why";
}

Subject subject_of(const PlannedCandidate& candidate, const EvaluationSession& session,
                   const std::stop_token& stop) {
  Subject subject{.object = candidate.path, .tvm_ffi = candidate.tvm_ffi, .refusal = {}};
  if (candidate.rejection) {
    subject.refusal = candidate.rejection->reason;
    return subject;
  }
  std::string function;
  if (candidate.source) {
    const auto build = session.build(candidate.path);
    check_cancelled(stop);
    if (!build.ok) {
      subject.refusal = complaint(build);
      return subject;
    }
    subject.object = build.object;
    if (candidate.solution) function = candidate.solution->entry_point.symbol;
  }
  const auto inspection = session.look_into(subject.object, function);
  if (inspection.rejection) subject.refusal = inspection.rejection->reason;
  subject.tvm_ffi = inspection.tvm_ffi;
  return subject;
}

/// The chosen ones: what --workloads says, else the most and the least work.
std::vector<Workload> chosen(const EvaluationRequest& request, bool all) {
  if (all) return request.workloads;
  std::vector<Workload> workloads;
  for (const auto index : search::profile_workloads(request.workloads, default_workloads)) {
    workloads.push_back(request.workloads[index]);
  }
  return workloads;
}

void make_data(EvaluationRequest& request, const EvaluationSession& session,
               const std::stop_token& stop) {
  if (!request.task.builtin_data) return;
  Task part = request.task;
  part.workloads = request.workloads;  // the others' data is nobody's business here
  make_blobs({.task = part,
              .prefix = session.prefix(),
              .cache = request.cache,
              .progress = [](const std::string& text) { std::cerr << text << "\n"; }},
             session.builder(), stop);
}

search::ProfileTarget target_of(const EvaluationRequest& request, const Subject& subject) {
  return {.task = request.task,
          .dataset = request.dataset,
          .task_folders = request.task_folders,
          .worker = request.worker,
          .cache = request.cache,
          .device = request.device,
          .seed = request.seed,
          .object = subject.object,
          .tvm_ffi = subject.tvm_ffi};
}

Json to_json(const search::Profile& profile, const Workload& workload) {
  Json json = {{"workload", profile.workload}, {"axes", workload.axes}};
  json["digest"] = profile.digest;
  json["hints"] = profile.hints;
  json["metrics"] = profile.reply.value("metrics", Json::object());
  json["kernels"] = profile.reply.value("kernels", Json::array());
  json["seconds"] = profile.seconds;
  return json;
}

std::string number_text(const Json& kernel, const char* key) {
  const auto found = kernel.find(key);
  return found != kernel.end() && found->is_number() ? fmt::format("{:.2f}", found->get<double>())
                                                     : std::string("-");
}

std::string text_text(const Json& kernel, const char* key) {
  const auto found = kernel.find(key);
  return found != kernel.end() && found->is_string() ? found->get<std::string>() : std::string("-");
}

/// One line a launch, in their order.
std::string launch_table(const Json& kernels, const Terminal& terminal) {
  TextTable table({{"launch", true, false},
                   {"kernel", false, true},
                   {"us", true, false},
                   {"grid", false, false},
                   {"block", false, false}});
  std::size_t number = 0;
  for (const auto& kernel : kernels) {
    table.add({std::to_string(++number), text_text(kernel, "name"),
               number_text(kernel, "duration_us"), text_text(kernel, "grid"),
               text_text(kernel, "block")});
  }
  return number == 0 ? std::string() : "\n" + table.text(terminal);
}

void print_profile(const search::Profile& profile, const Workload& workload) {
  const auto terminal = terminal_of(STDOUT_FILENO);
  auto text = painted(fmt::format("{} ({})", axes_text(workload.axes), workload.uuid), Tone::strong,
                      terminal.colour) +
              "\n";
  std::istringstream lines(profile.digest);
  for (std::string line; std::getline(lines, line);) text += printable(line) + "\n";
  if (profile.digest.empty()) {
    for (const auto& hint : profile.hints) text += printable(hint) + "\n";
  }
  print(text + launch_table(profile.reply.value("kernels", Json::array()), terminal) + "\n");
}

/// Exactly one candidate of one definition.
Plan one_plan(const EvaluationSession& session) {
  auto plans = session.plan();
  if (plans.size() != 1 || plans.front().candidates.size() != 1) {
    throw Error("profile: that is more than one candidate", Fault::usage);
  }
  return std::move(plans.front());
}

int run(const Arguments& arguments, std::stop_token stop) {
  const auto& paths = arguments.paths();
  if (paths.size() != 1 || std::filesystem::is_directory(paths.front())) {
    throw Error("profile: give one .so, .cu, .cpp or .json file", Fault::usage);
  }
  const auto seconds =
      arguments.number("seconds", "seconds, more than 0 and at most a day", 0, longest_seconds)
          .value_or(default_seconds);
  const auto options = read_options(arguments);
  const auto profiler = find_profiler(arguments, options, stop);
  const EvaluationSession session(options, stop);
  if (const auto why = search::profiler_refusal(*profiler, session.device()); !why.empty()) {
    fail("{}: there is nothing to profile with: {}", paths.front(), why);
  }
  const auto plan = one_plan(session);
  const auto subject = subject_of(plan.candidates.front(), session, stop);
  if (!subject.refusal.empty()) {
    std::cerr << fmt::format("fihost: {}: {}\n", paths.front(), subject.refusal);
    return 1;
  }
  auto request = session.request_for(plan);
  request.workloads = chosen(request, !options.workloads.empty());
  make_data(request, session, stop);
  const auto target = target_of(request, subject);
  Json profiles = Json::array();
  for (const auto& workload : request.workloads) {
    std::cerr << fmt::format("profiling {}\n", axes_text(workload.axes));
    const auto profile = search::profile(*profiler, target, workload, seconds);
    check_cancelled(stop);
    if (arguments.has("json")) {
      profiles.push_back(to_json(profile, workload));
    } else {
      print_profile(profile, workload);
    }
  }
  if (arguments.has("json")) {
    print_json({{"schema", "fihost.profile/1"},
                {"definition", plan.definition},
                {"candidate", plan.candidates.front().name},
                {"path", paths.front()},
                {"profiler", arguments.text("profiler").value_or("profiler.ncu")},
                {"device",
                 {{"type", request.device.type},
                  {"name", request.device.name},
                  {"arch", request.device.arch},
                  {"driver", request.device.driver}}},
                {"seed", request.seed},
                {"profiles", std::move(profiles)}});
  }
  return 0;
}

std::vector<Option> profile_options() {
  const std::vector<std::string> shared = {"definition", "dataset", "device", "workloads"};
  std::vector<Option> options;
  for (const auto& option : evaluation_options()) {
    if (std::find(shared.begin(), shared.end(), option.name) != shared.end()) {
      options.push_back(option);
    }
  }
  return options + std::vector<Option>{
                       {.name = "profiler",
                        .value = "ID",
                        .help = "the plugin that profiles (default: profiler.ncu)"},
                       {.name = "profiler-config",
                        .value = "JSON",
                        .help = "what that plugin is told, a JSON object"},
                       {.name = "seconds",
                        .value = "N",
                        .help = "that the profile of one workload may take (default: 300)"},
                       {.name = "seed", .value = "N", .help = "of the random inputs (default: 0)"},
                       plugin_path_option(),
                       {.name = "entry",
                        .value = "NAME",
                        .help = "the function to call in a TVM-FFI object that exports several"},
                       arch_option(),
                       json_option(),
                       verbose_option(),
                   };
}

}  // namespace

Subcommand profile_subcommand() {
  return {
      .name = "profile",
      .usage = "profile FILE",
      .summary = "look at why one candidate takes as long as it does",
      .detail =
          "FILE is a .so, .cu or .cpp file, or a solution.json. Without --workloads the one with\n"
          "the most work and the one with the least are profiled. Nothing is checked: fihost load\n"
          "says whether it is right.",
      .examples = {"fihost profile candidates/rmsnorm_h7168/block_per_row.cu",
                   "fihost profile --workloads batch_size=64 --json mine.cu"},
      .options = profile_options(),
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
