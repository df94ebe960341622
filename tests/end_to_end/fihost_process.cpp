#include "tests/end_to_end/fihost_process.hpp"

#include <cstdlib>

extern char** environ;

namespace fihost::test {

std::filesystem::path build_tree() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

std::string object(const std::string& name) {
  return (build_tree() / "tests/end_to_end/objects" / (name + ".so")).string();
}

Command fihost_command(const std::vector<std::string>& arguments,
                       const std::filesystem::path& cache) {
  Command command;
  command.arguments = {(build_tree() / "bin/fihost").string()};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (text.rfind("FI", 0) != 0) environment.push_back(text);  // FIHOST_*, FIB_*
  }
  environment.push_back("FIHOST_TASK_PATH=" + (build_tree() / "tests/end_to_end/tasks").string());
  environment.push_back("FIHOST_CACHE=" + cache.string());
  command.environment = environment;
  return command;
}

Output run_fihost(const std::vector<std::string>& arguments, const std::filesystem::path& cache) {
  return run(fihost_command(arguments, cache), std::chrono::minutes(5));
}

std::map<std::string, Json> rows_by_name(const Json& ranking) {
  std::map<std::string, Json> rows;
  for (const Json& row : ranking.at("candidates")) rows[row.at("name")] = row;
  return rows;
}

}  // namespace fihost::test
