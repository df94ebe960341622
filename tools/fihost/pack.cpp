// fihost pack PATH
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/paths.hpp"
#include "core/eval/collect.hpp"
#include "core/eval/worker_probe.hpp"
#include "core/model/task.hpp"
#include "core/solution/packer.hpp"
#include "core/solution/solution_build.hpp"
#include "core/solution/trial_compile.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

constexpr auto build_timeout = std::chrono::minutes(10);
constexpr const char* fallback_arch = "sm_90";

std::string author_of(const Arguments& arguments) {
  if (const auto typed = arguments.text("author")) return *typed;
  const char* user = std::getenv("USER");
  return user != nullptr && *user != '\0' ? user : "unknown";
}

/// The task that `source` implements: that of --definition, else the folder it lies in.
Task task_of(const Arguments& arguments, const fs::path& source) {
  auto folders = task_path(install_prefix());
  auto definition = arguments.text("definition");
  if (const auto folder = enclosing_task(source)) {
    folders.insert(folders.begin(), *folder);
    if (!definition) definition = load_task(*folder, cache_dir()).definition.name;
  }
  if (!definition) {
    throw Error(source.string() +
                    ": found no definition.json beside or above it; say what it "
                    "implements with --definition NAME",
                Fault::usage);
  }
  return find_task(*definition, read_dataset(arguments), folders, cache_dir());
}

PackedSolution packed(const Arguments& arguments) {
  const fs::path path = arguments.paths().front();
  if (!fs::exists(path)) {
    throw Error(fmt::format("{}: there is no such file or folder", path.string()), Fault::usage);
  }
  if (fs::is_directory(path) || path.extension() == ".toml") {
    auto out = pack_folder(path);
    if (const auto name = arguments.text("name")) out.solution.name = *name;
    if (const auto author = arguments.text("author")) out.solution.author = *author;
    if (const auto definition = arguments.text("definition")) out.solution.definition = *definition;
    return out;
  }
  const auto task = task_of(arguments, path);
  return pack_candidate({.source = path,
                         .name = arguments.text("name").value_or(path.stem().string()),
                         .author = author_of(arguments),
                         .definition = task.definition,
                         .workloads = task.workloads,
                         .prefix = install_prefix()});
}

/// --arch, else the present GPU's as flashinfer-bench names it: without a suffix.
std::string arch_of(const Arguments& arguments, const std::stop_token& stop) {
  const auto archs = read_archs(arguments);
  if (archs.size() > 1) Arguments::refuse("arch", archs[1], "one architecture");
  if (!archs.empty()) return archs.front();
  for (const auto& device : probe_worker(worker_program(install_prefix()), stop).devices) {
    if (device.cuda()) return device.arch;
  }
  return fallback_arch;
}

/// Whether fihost's own flags, with C++20, would have done.
bool needs_newer_standard(const Arguments& arguments, const std::string& arch,
                          const std::stop_token& stop) {
  const fs::path path = arguments.paths().front();
  if (path.extension() != ".cu" && path.extension() != ".cpp") return false;
  const Builder builder(find_toolchain(), install_prefix(), cache_dir());
  return builder.build({.source = path, .archs = {arch}, .flags = {}}, build_timeout, stop).ok;
}

/// Compile on trial; false when that fails. Appends what there is to say.
bool tried(const Arguments& arguments, const Solution& solution, TrialCompile& trial,
           const std::stop_token& stop) {
  const auto arch = has_cuda_source(solution) ? arch_of(arguments, stop) : std::string();
  trial = try_compile(solution, find_toolchain(), cache_dir(), arch, build_timeout, stop);
  check_cancelled(stop);
  if (!trial.build || trial.build->ok) return true;
  if (needs_newer_standard(arguments, arch, stop)) {
    trial.notes.push_back(
        "fihost compiles it as C++20; flashinfer-bench compiles as C++17, which it must be to be "
        "packed");
  }
  return false;
}

Json report(const fs::path& output, const PackedSolution& packed, const TrialCompile& trial) {
  auto notes = packed.notes;
  notes.insert(notes.end(), trial.notes.begin(), trial.notes.end());
  return {{"schema", "fihost.pack/1"},
          {"output", output.string()},
          {"name", packed.solution.name},
          {"definition", packed.solution.definition},
          {"hash", content_hash(packed.solution)},
          {"sources", packed.solution.sources.size()},
          {"notes", notes},
          {"trial", trial.build ? to_json(*trial.build) : Json(nullptr)}};
}

int run(const Arguments& arguments, std::stop_token stop) {
  if (arguments.paths().size() != 1) {
    throw Error("pack: give one candidate or one folder; see fihost pack --help", Fault::usage);
  }
  auto made = packed(arguments);
  // Whatever was put together here is held to the same rules as a file.
  made.solution = parse_solution(to_json(made.solution), arguments.paths().front());
  const auto output = arguments.path("output").value_or("solution.json");
  TrialCompile trial;
  const bool compiles = arguments.has("no-compile") || tried(arguments, made.solution, trial, stop);
  write_text(output, dump(to_json(made.solution), 2) + "\n");
  for (const auto& note : made.notes) std::cerr << "note: " << note << "\n";
  for (const auto& note : trial.notes) std::cerr << "note: " << note << "\n";
  if (!compiles) {
    for (const auto& d : trial.build->diagnostics) {
      std::cerr << fmt::format("{}:{}: {}: {}\n", d.file, d.line, d.severity, d.message);
    }
    std::cerr << output.string() << ": does not compile with flashinfer-bench's flags\n";
  }
  if (arguments.has("json")) {
    print_json(report(output, made, trial));
  } else {
    print(fmt::format("{}: {} for {}, {} sources, hash {}{}\n", output.string(), made.solution.name,
                      made.solution.definition, made.solution.sources.size(),
                      content_hash(made.solution).substr(0, 8),
                      trial.build && compiles ? ", compiles" : ""));
  }
  return compiles ? 0 : 1;
}

}  // namespace

Subcommand pack_subcommand() {
  return {
      .name = "pack",
      .usage = "pack PATH [-o FILE.json]",
      .summary = "make a solution.json of a candidate or a starter kit's folder",
      .detail =
          "PATH is a .cu or .cpp candidate, which is packed with the headers it includes and a\n"
          "generated TVM-FFI binding, or a folder with a config.toml. The solution is compiled on\n"
          "trial as flashinfer-bench would, when nvcc and apache-tvm-ffi are there; if that "
          "fails,\n"
          "the exit code is 1.",
      .examples = {"fihost pack candidates/rmsnorm_h7168/block_per_row.cu -o solution.json",
                   "fihost pack starter-kit/ --no-compile"},
      .options = {{.name = "output",
                   .value = "FILE",
                   .help = "where the solution goes (default: solution.json)",
                   .letter = 'o',
                   .hint = Option::Hint::file},
                  {.name = "name",
                   .value = "NAME",
                   .help = "of the solution (default: the file's)"},
                  {.name = "author", .value = "NAME", .help = "of the solution (default: $USER)"},
                  {.name = "definition",
                   .value = "NAME",
                   .help = "what it implements (default: the task folder, the config.toml)",
                   .hint = Option::Hint::definition},
                  {.name = "dataset",
                   .value = "DIR",
                   .help = "a FlashInfer Trace dataset (default: $FIB_DATASET_PATH)",
                   .hint = Option::Hint::folder},
                  {.name = "no-compile", .help = "do not compile it on trial"},
                  arch_option(),
                  json_option()},
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
