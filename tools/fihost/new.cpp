// fihost new KIND NAME
#include <algorithm>
#include <iostream>

#include "core/base/error.hpp"
#include "core/base/nearest.hpp"
#include "core/base/paths.hpp"
#include "core/build/builder.hpp"
#include "core/eval/collect.hpp"
#include "core/model/task.hpp"
#include "tools/fihost/build_facts.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/scaffold.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"
#include "tools/fihost/tensor_lines.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

using Values = std::map<std::string, std::string>;

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> all = {"candidate", "task", "scorer",
                                               "mutator",   "llm",  "profiler"};
  return all;
}

/// What was asked for and where it goes.
struct Wish {
  std::string kind, name;
  fs::path folder;  ///< --dir
};

/// What was written, and the commands that try it.
struct Made {
  std::vector<fs::path> files;
  std::vector<std::string> next;
};

Wish read_wish(const Arguments& arguments) {
  const auto& words = arguments.paths();
  if (words.size() != 2) {
    throw Error(
        "new: give a kind (candidate, task, scorer, mutator, llm or profiler) and a name; see "
        "fihost "
        "new --help",
        Fault::usage);
  }
  Wish wish{words[0], words[1], arguments.path("dir").value_or(".")};
  if (std::find(kinds().begin(), kinds().end(), wish.kind) == kinds().end()) {
    const auto near = nearest(wish.kind, kinds());
    throw Error(
        fmt::format("new: found the kind '{}', wanted candidate, task, scorer, mutator, llm or "
                    "profiler{}",
                    wish.kind, near ? fmt::format("; did you mean '{}'?", *near) : ""),
        Fault::usage);
  }
  const auto& name = wish.name;
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos ||
      name.find_first_of("abcdefghijklmnopqrstuvwxyz") != 0) {
    throw Error("new: found the name '" + name +
                    "', wanted lower-case letters, digits and _, a letter first",
                Fault::usage);
  }
  // "scorer_median" and "median" are the same wish.
  if (wish.name.rfind(wish.kind + "_", 0) == 0 && wish.name.size() > wish.kind.size() + 1) {
    wish.name.erase(0, wish.kind.size() + 1);
  }
  return wish;
}

/// That of --definition, else of the task folder that the candidate will lie in.
Definition find_definition(const Arguments& arguments, const Wish& wish) {
  const auto prefix = install_prefix();
  const auto task = enclosing_task(fs::absolute(wish.folder));
  auto name = arguments.text("definition");
  if (!name && !task) {
    throw Error("new candidate: give --definition NAME, or --dir with a task folder", Fault::usage);
  }
  if (!name) return load_task(*task, cache_dir()).definition;
  auto folders = task_path(prefix);
  if (task) folders.insert(folders.begin(), *task);
  return find_task(*name, read_dataset(arguments), folders, cache_dir()).definition;
}

Made new_candidate(const Arguments& arguments, const Wish& wish) {
  const auto definition = find_definition(arguments, wish);
  const auto typed = arguments.choice("language", {"cuda", "cpp"});
  const auto language = typed.value_or(find_toolchain().nvcc ? "cuda" : "cpp");
  const Values values = {{"NAME", wish.name},
                         {"DEFINITION", definition.name},
                         {"TENSORS", tensor_lines(definition, language == "cuda")}};
  const auto templates = install_prefix() / "share/fihost/templates" / ("candidate-" + language);
  Made made{write_scaffold(templates, wish.folder, values), {}};
  made.next = {
      fmt::format("fihost load {} --definition {}", made.files.front().string(), definition.name)};
  return made;
}

Made new_task(const Wish& wish) {
  Values values = {{"NAME", wish.name}};
  for (const auto* key : {"UUID1", "UUID2", "UUID3"}) {
    values[key] = read_text("/proc/sys/kernel/random/uuid").substr(0, 36);
  }
  const auto target = (wish.folder / wish.name).lexically_normal();
  return {write_scaffold(install_prefix() / "share/fihost/templates/task", target, values),
          {"fihost rank " + target.string()}};
}

Made new_plugin(const Wish& wish) {
  const std::string version = build_facts::version;
  const Values values = {{"NAME", wish.name},
                         {"SDK_VERSION", version.substr(0, version.rfind('.'))}};
  const auto name = wish.kind + "_" + wish.name;
  const auto target = (wish.folder / name).lexically_normal(), build = target / "build";
  const auto prefix = install_prefix();
  return {
      write_scaffold(prefix / "share/fihost/templates" / wish.kind, target, values),
      {fmt::format("cmake -S {} -B {} -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH={}",
                   target.string(), build.string(), prefix.string()),
       fmt::format("cmake --build {}", build.string()),
       fmt::format("ctest --test-dir {}", build.string()),
       fmt::format("fihost plugins --plugin-path {}", (build / "lib/fihost/plugins").string())}};
}

int run(const Arguments& arguments, std::stop_token) {
  const auto wish = read_wish(arguments);
  for (const auto* option : {"definition", "dataset", "language"}) {
    if (wish.kind != "candidate" && arguments.has(option)) {
      throw Error(fmt::format("new {}: --{} is for candidates", wish.kind, option), Fault::usage);
    }
  }
  const auto made = wish.kind == "candidate" ? new_candidate(arguments, wish)
                    : wish.kind == "task"    ? new_task(wish)
                                             : new_plugin(wish);
  if (arguments.has("json")) {
    Json files = Json::array();
    for (const auto& file : made.files) files.push_back(file.string());
    print_json({{"schema", "fihost.new/1"}, {"files", std::move(files)}, {"next", made.next}});
    return 0;
  }
  for (const auto& file : made.files) print(file.string() + "\n");
  std::cerr << "next:\n";
  for (const auto& command : made.next) std::cerr << "  " << command << "\n";
  return 0;
}

}  // namespace

Subcommand new_subcommand() {
  return {
      .name = "new",
      .usage = "new KIND NAME",
      .summary = "write the files of a new candidate, task or plugin",
      .detail =
          "KIND is candidate (one source, with the tensors of its definition named), task (a\n"
          "definition with workloads, references and naive candidates), scorer, mutator, llm or\n"
          "profiler (a plugin with its CMakeLists.txt and a test). What is written builds as it\n"
          "is. Files that exist are never replaced.",
      .examples = {"fihost new candidate warp_per_row --definition rmsnorm_h7168",
                   "fihost new task row_scale --dir candidates", "fihost new scorer median"},
      .options = {{.name = "dir",
                   .value = "DIR",
                   .help = "where the file or the folder goes (default: here)",
                   .hint = Option::Hint::folder},
                  {.name = "definition",
                   .value = "NAME",
                   .help =
                       "what the candidate implements (default: that of the task folder it is in)",
                   .hint = Option::Hint::definition},
                  {.name = "dataset",
                   .value = "DIR",
                   .help = "where the definition is looked for (default: $FIB_DATASET_PATH)",
                   .hint = Option::Hint::folder},
                  {.name = "language",
                   .value = "LANGUAGE",
                   .help = "of the candidate: cuda or cpp (default: cuda where nvcc is)",
                   .words = {"cuda", "cpp"}},
                  json_option()},
      .actions = kinds(),
      .run = run,
  };
}

}  // namespace fihost
