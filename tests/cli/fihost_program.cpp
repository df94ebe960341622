#include "tests/cli/fihost_program.hpp"

#include <unistd.h>

#include <algorithm>

fihost::Command FihostProgram::command(const std::vector<std::string>& arguments) const {
  fihost::Command command;
  command.arguments = {FIHOST_PREFIX "/bin/fihost"};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (text.rfind("FIHOST_", 0) != 0 && text.rfind("FIB_", 0) != 0) environment.push_back(text);
  }
  environment.push_back("FIHOST_CACHE=" + (folder() / "cache").string());
  command.environment = environment;
  return command;
}

fihost::Output FihostProgram::run(const std::vector<std::string>& arguments) const {
  return fihost::run(command(arguments), std::chrono::minutes(2));
}

std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}
