// fihost completion SHELL
#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/model/task.hpp"
#include "tools/fihost/completion_script.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// The names of the task folders in `folder`; a folder that cannot be read has none.
void add_tasks(const fs::path& folder, std::set<std::string>& names) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (fs::exists(entry->path() / "definition.json", error)) {
      names.insert(entry->path().filename().string());
    }
  }
}

/// What --definition may name, one a line. A dataset's file is named after its definition.
std::string definitions() {
  std::set<std::string> names;
  for (const auto& folder : task_path(install_prefix())) add_tasks(folder, names);
  if (const char* dataset = std::getenv("FIB_DATASET_PATH"); dataset != nullptr && *dataset) {
    std::error_code error;
    const auto folder = fs::path(dataset) / "definitions";
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == ".json") names.insert(entry->path().stem().string());
    }
  }
  std::string text;
  for (const auto& name : names) text += name + "\n";
  return text;
}

int run(const Arguments& arguments, std::stop_token) {
  const auto& shells = completed_shells();
  const auto& words = arguments.paths();
  if (words.size() == 1 && words.front() == "definitions") {
    print(definitions());
    return 0;
  }
  if (words.size() != 1 || std::find(shells.begin(), shells.end(), words.front()) == shells.end()) {
    throw Error(fmt::format("completion: found '{}', wanted one of bash, zsh, fish, definitions",
                            fmt::join(words, " ")),
                Fault::usage);
  }
  print(completion_script(words.front(), subcommands()));
  return 0;
}

}  // namespace

Subcommand completion_subcommand() {
  return {
      .name = "completion",
      .usage = "completion SHELL",
      .summary = "print a script that lets bash, zsh or fish complete fihost's words",
      .detail =
          "An installed fihost has the three scripts where the shells look for them. `completion\n"
          "definitions` prints the names that --definition may take, one a line.",
      .examples = {"source <(fihost completion bash)  # for this bash"},
      .options = {},
      .actions = completed_shells(),
      .run = run,
  };
}

}  // namespace fihost
