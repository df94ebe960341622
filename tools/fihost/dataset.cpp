// fihost dataset init|info|check DIR
#include <unistd.h>

#include <iostream>
#include <map>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/dataset/dataset_check.hpp"
#include "core/dataset/dataset_tree.hpp"
#include "core/eval/task_data.hpp"
#include "core/report/quantity.hpp"
#include "core/report/text_table.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> actions = {"init", "info", "check"};

Task named_task(const std::string& name) {
  const auto cache = fs::absolute(cache_dir());
  if (const auto folder = task_folder_of(name)) return load_task(*folder, cache);
  return find_task(name, std::nullopt, task_path(install_prefix()), cache);
}

int init(const Arguments& arguments, const fs::path& root, const std::stop_token& stop) {
  Json added = Json::array();
  make_dataset(root);
  for (std::size_t i = 2; i < arguments.paths().size(); ++i) {
    const auto task = named_task(arguments.paths()[i]);
    if (lacks_blobs(task)) {
      const auto note = [](const std::string& text) { std::cerr << text << "\n"; };
      const auto cache = fs::absolute(cache_dir());
      make_blobs({.task = task, .prefix = install_prefix(), .cache = cache, .progress = note},
                 Builder(find_toolchain(), install_prefix(), cache), stop);
    }
    for (const auto& file : add_task(root, task, read_json(task.folder / "definition.json"))) {
      added.push_back(file.string());
    }
  }
  if (arguments.has("json")) {
    print_json({{"schema", "fihost.dataset_init/1"}, {"root", root.string()}, {"added", added}});
    return 0;
  }
  print(fmt::format("{} is a dataset\n", root.string()));
  for (const auto& file : added) print("  " + file.get<std::string>() + "\n");
  return 0;
}

struct Count {
  std::string op_type;
  std::size_t workloads = 0, solutions = 0, traces = 0, passed = 0, blobs = 0, pointers = 0;
  std::uintmax_t blob_bytes = 0;
};

/// A file this small is no tensor but a Git LFS pointer to one.
constexpr std::uintmax_t largest_pointer = 1024;

void count_blobs(const Dataset& dataset, const Workload& workload, std::map<fs::path, bool>& seen,
                 Count& count) {
  for (const auto& [name, source] : workload.inputs) {
    const auto* file = std::get_if<SafetensorsInput>(&source);
    if (file == nullptr) continue;
    const auto path = (dataset.root / file->path).lexically_normal();
    std::error_code code;
    const auto bytes = fs::file_size(path, code);
    if (code || !seen.emplace(path, true).second) continue;
    ++count.blobs;
    count.blob_bytes += bytes;
    if (bytes <= largest_pointer && read_text(path).starts_with("version https://git-lfs")) {
      ++count.pointers;
    }
  }
}

std::map<std::string, Count> counts_of(const Dataset& dataset) {
  std::map<std::string, Count> counts;
  std::map<fs::path, bool> seen;
  for (const auto& each : dataset.definitions) {
    counts[each.value.name].op_type = each.value.op_type;
  }
  for (const auto& each : dataset.workloads) {
    auto& count = counts[each.value.definition];
    ++count.workloads;
    count_blobs(dataset, each.value.workload, seen, count);
  }
  for (const auto& each : dataset.solutions) ++counts[each.value.definition].solutions;
  for (const auto& each : dataset.traces) {
    auto& count = counts[each.value.definition];
    ++count.traces;
    const auto& evaluation = each.value.evaluation;
    if (evaluation && evaluation->status == Status::passed) ++count.passed;
  }
  return counts;
}

void warn_of(const std::vector<Problem>& problems) {
  for (const auto& problem : problems) std::cerr << "warning: " << text(problem) << "\n";
}

int info(const Arguments& arguments, const fs::path& root, const std::stop_token&) {
  const auto dataset =
      load_dataset(root, arguments.has("strict") ? LoadMode::strict : LoadMode::report_all);
  warn_of(dataset.problems);
  const auto counts = counts_of(dataset);
  Json definitions = Json::array();
  TextTable table({{"definition", false, true},
                   {"op_type", false, false},
                   {"workloads", true, false},
                   {"solutions", true, false},
                   {"traces", true, false},
                   {"passed", true, false},
                   {"blobs", true, false},
                   {"", false, false}});
  for (const auto& [name, c] : counts) {
    definitions.push_back({{"definition", name},
                           {"op_type", c.op_type.empty() ? Json() : Json(c.op_type)},
                           {"workloads", c.workloads},
                           {"solutions", c.solutions},
                           {"traces", c.traces},
                           {"passed", c.passed},
                           {"blobs", c.blobs},
                           {"blob_bytes", c.blob_bytes},
                           {"lfs_pointers", c.pointers}});
    Cell remark;
    if (c.op_type.empty()) remark = {"no definition", Tone::bad};
    if (c.pointers > 0) {
      remark = {fmt::format("{} blobs are Git LFS pointers: git lfs pull", c.pointers),
                Tone::warning};
    }
    table.add({{name, Tone::strong},
               c.op_type,
               std::to_string(c.workloads),
               std::to_string(c.solutions),
               std::to_string(c.traces),
               std::to_string(c.passed),
               c.blobs == 0 ? std::string("-") : bytes_text(c.blob_bytes),
               remark});
  }
  if (arguments.has("json")) {
    print_json({{"schema", "fihost.dataset_info/1"},
                {"root", root.string()},
                {"definitions", std::move(definitions)},
                {"problems", dataset.problems.size()}});
  } else {
    print(counts.empty() ? "the dataset is empty\n" : table.text(terminal_of(STDOUT_FILENO)));
  }
  return dataset.problems.empty() ? 0 : 1;
}

std::string check_text(const CheckedReport& report, bool verbose, const Terminal& terminal) {
  std::string out;
  for (const auto& definition : report.definitions) {
    Level worst = Level::info;
    std::string lines;
    for (const auto& check : check_names) {
      const auto found = definition.messages.find(check);
      if (found == definition.messages.end()) continue;
      for (const auto& message : found->second) {
        worst = std::max(worst, message.level);
        if (message.level == Level::info && !verbose) continue;
        const auto tone = message.level == Level::error ? Tone::bad : Tone::warning;
        lines +=
            fmt::format("  {:<11}{} {}\n", check,
                        painted(fmt::format("{:<8}", name(message.level)),
                                message.level == Level::info ? Tone::faint : tone, terminal.colour),
                        message.text);
      }
    }
    const auto verdict = worst == Level::error ? painted("error", Tone::bad, terminal.colour)
                         : worst == Level::warning
                             ? painted("warning", Tone::warning, terminal.colour)
                             : painted("ok", Tone::good, terminal.colour);
    out += fmt::format("{}: {}\n{}", definition.name, verdict, lines);
  }
  for (const auto& problem : report.problems) {
    out += painted("unreadable ", Tone::bad, terminal.colour) + text(problem) + "\n";
  }
  return out + fmt::format(
                   "{} errors, {} warnings{}\n", report.count(Level::error),
                   report.count(Level::warning),
                   report.python ? "" : "; no python3 here: references were looked at, not parsed");
}

int check(const Arguments& arguments, const fs::path& root, const std::stop_token& stop) {
  if (arguments.has("strict")) static_cast<void>(load_dataset(root, LoadMode::strict));
  const auto report = check_dataset({.root = root,
                                     .checks = arguments.list("checks", ','),
                                     .definitions = arguments.list("definitions", ','),
                                     .op_types = arguments.list("op-types", ',')},
                                    stop);
  if (const auto file = arguments.path("output"))
    write_text(*file, dump(to_json(report), 2) + "\n");
  if (arguments.has("json")) {
    print_json(to_json(report));
  } else {
    print(check_text(report, arguments.has("verbose"), terminal_of(STDOUT_FILENO)));
  }
  return report.count(Level::error) == 0 ? 0 : 1;
}

int run(const Arguments& arguments, std::stop_token stop) {
  const auto& words = arguments.paths();
  const bool init_wanted = !words.empty() && words.front() == "init";
  if (words.size() < 2 || (words.size() > 2 && !init_wanted)) {
    throw Error("dataset: give init, info or check, and a folder; see fihost dataset --help",
                Fault::usage);
  }
  const fs::path root = words[1];
  if (init_wanted) return init(arguments, root, stop);
  if (words.front() == "info") return info(arguments, root, stop);
  if (words.front() == "check") return check(arguments, root, stop);
  throw Error(fmt::format("dataset: there is no action '{}'; there are init, info and check",
                          words.front()),
              Fault::usage);
}

}  // namespace

Subcommand dataset_subcommand() {
  return {
      .name = "dataset",
      .usage = "dataset ACTION DIR",
      .summary = "make, describe or check a FlashInfer Trace dataset",
      .detail =
          "init DIR [TASK...]  make the folders, and put built-in tasks (or task folders) into "
          "them\n"
          "info DIR            what is there\n"
          "check DIR           what flashinfer-bench's validator checks without a GPU; exit code "
          "1\n"
          "                    when there are errors",
      .examples = {"fihost dataset init my-dataset rmsnorm_h7168",
                   "fihost dataset info $FIB_DATASET_PATH",
                   "fihost dataset check --json my-dataset > report.json"},
      .options = {{.name = "checks",
                   .value = "LIST",
                   .help = "of layout,definition,workload,solution,trace,baseline (default: all)",
                   .repeat = Option::Repeat::list},
                  {.name = "definitions",
                   .value = "LIST",
                   .help = "check only these",
                   .repeat = Option::Repeat::list,
                   .hint = Option::Hint::definition},
                  {.name = "op-types",
                   .value = "LIST",
                   .help = "check only definitions of these types",
                   .repeat = Option::Repeat::list},
                  {.name = "strict", .help = "stop at the first file that cannot be read"},
                  {.name = "output",
                   .value = "FILE",
                   .help = "write the report of check there as JSON",
                   .letter = 'o',
                   .hint = Option::Hint::file},
                  json_option(),
                  {.name = "verbose", .help = "show remarks that are no warnings, too"}},
      .actions = actions,
      .run = run,
  };
}

}  // namespace fihost
