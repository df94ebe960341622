// fihost load FILE
#include <unistd.h>

#include "core/base/cancelled.hpp"
#include "core/build/object_file.hpp"
#include "core/report/leaderboard.hpp"
#include "core/report/ranking_json.hpp"
#include "tools/fihost/evaluation_session.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

/// What there is to say about the object itself.
struct ObjectReport {
  std::filesystem::path path;
  ObjectFile file;
  Inspection inspection;
  std::optional<BuildResult> build;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text.empty() ? "none" : text;
}

/// None for what does not compile.
std::optional<ObjectReport> report_on(const std::filesystem::path& path,
                                      const EvaluationSession& session,
                                      const std::stop_token& stop) {
  ObjectReport report{.path = path, .file = {}, .inspection = {}, .build = {}};
  std::string function;
  if (path.extension() != ".so") {
    if (path.extension() != ".cu" && path.extension() != ".cpp" && path.extension() != ".json") {
      return std::nullopt;
    }
    try {
      report.build = session.build(path);  // the evaluation has just done so: it is in the cache
    } catch (const Error&) {
      return std::nullopt;  // said in the ranking
    }
    check_cancelled(stop);
    if (!report.build->ok) return std::nullopt;
    report.path = report.build->object;
    if (path.extension() == ".json") {
      function = parse_solution(read_json(path), path.string()).entry_point.symbol;
    }
  }
  report.file = inspect_object(report.path);
  report.inspection = session.look_into(report.path, function);
  return report;
}

Json to_json(const ObjectReport& report) {
  Json json = {{"path", report.path.string()},
               {"exports", report.file.exports},
               {"needed", report.file.needed},
               {"descriptor", nullptr}};
  if (const auto& descriptor = report.inspection.descriptor) {
    json["descriptor"] = {{"name", descriptor->name},
                          {"definition", descriptor->definition},
                          {"arch", descriptor->arch ? Json(*descriptor->arch) : Json(nullptr)},
                          {"role", descriptor->role},
                          {"device_type", descriptor->device_type},
                          {"flags", descriptor->flags}};
  }
  if (const auto& entry = report.inspection.tvm_ffi) {
    json["tvm_ffi"] = {{"function", entry->function}, {"runtime", entry->runtime}};
  }
  if (const auto& rejection = report.inspection.rejection) json["refusal"] = rejection->reason;
  if (report.build) json["build"] = fihost::to_json(*report.build);
  return json;
}

std::string to_text(const ObjectReport& report) {
  auto text = report.path.string() + "\n";
  if (const auto& entry = report.inspection.tvm_ffi) {
    text += fmt::format("  entry    {}, called through TVM-FFI\n  runtime  {}\n", entry->function,
                        entry->runtime);
  } else if (const auto& d = report.inspection.descriptor) {
    text += fmt::format("  name     {}\n  for      {} on {}, {}\n", d->name, d->definition,
                        d->device_type, d->arch.value_or("any architecture"));
  }
  // What else a TVM-FFI object exports is mostly template instances.
  const auto& functions = report.file.tvm_ffi_functions;
  return text + fmt::format("  exports  {}\n  needs    {}\n\n",
                            joined(functions.empty() ? report.file.exports : functions),
                            joined(report.file.needed));
}

int run(const Arguments& arguments, std::stop_token stop) {
  const auto& paths = arguments.paths();
  if (paths.size() != 1 || std::filesystem::is_directory(paths.front())) {
    throw Error("load: give one .so, .cu, .cpp or .json file; for more there is fihost rank",
                Fault::usage);
  }
  const auto options = read_evaluation_options(arguments);
  EvaluationSession session(options, stop);
  const auto rankings = session.rank();
  const auto report = report_on(paths.front(), session, stop);
  if (arguments.has("json")) {
    auto document = fihost::to_json(rankings);
    document["object"] = report ? to_json(*report) : Json(nullptr);
    print_json(document);
  } else {
    const auto terminal = terminal_of(STDOUT_FILENO);
    if (report) print(to_text(*report));
    for (const auto& ranking : rankings) {
      print(leaderboard(ranking, terminal) + "\n");
      for (const auto& candidate : ranking.candidates) print(workload_table(candidate, terminal));
    }
  }
  return exit_code(rankings);
}

}  // namespace

Subcommand load_subcommand() {
  return {
      .name = "load",
      .usage = "load FILE",
      .summary = "look into one candidate, check it and time it on every workload",
      .detail = "FILE is a .so, .cu or .cpp file, or a solution.json.",
      .examples = {"fihost load candidates/gen_42.so",
                   "fihost load --device cpu --workloads 0 naive.cpp"},
      .options = evaluation_options(),
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
