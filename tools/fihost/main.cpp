// fihost: loads, validates, times and ranks kernel candidates.
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "tools/fihost/help.hpp"
#include "tools/fihost/interrupt.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"
#include "tools/fihost/version.hpp"

namespace {

// The exit codes are a contract (docs/architecture.md).
constexpr int usage_code = 2, environment_code = 3, internal_code = 4, interrupted_code = 130;

int code_of(fihost::Fault fault) {
  switch (fault) {
    case fihost::Fault::usage:
      return usage_code;
    case fihost::Fault::environment:
      return environment_code;
    case fihost::Fault::internal:
      break;
  }
  return internal_code;
}

int version(const std::vector<std::string>& arguments) {
  if (arguments == std::vector<std::string>{"--json"}) {
    fihost::print_json(fihost::version_json());
  } else if (arguments.empty()) {
    fihost::print("fihost " + fihost::version_json()["fihost"].get<std::string>() + "\n");
  } else {
    throw fihost::Error("--version: found '" + arguments.front() + "', wanted --json or nothing",
                        fihost::Fault::usage);
  }
  return 0;
}

int dispatch(std::vector<std::string> arguments, std::stop_token stop) {
  if (arguments.empty()) {
    std::fputs(fihost::help_text().c_str(), stderr);
    return usage_code;
  }
  const std::string first = arguments.front();
  arguments.erase(arguments.begin());
  if (first == "--help" || first == "-h" || first == "help") return fihost::run_help(arguments);
  if (first == "--version") return version(arguments);
  if (first.front() == '-') {
    throw fihost::Error("the first argument is a command, found " + first + "; see fihost --help",
                        fihost::Fault::usage);
  }
  const auto& subcommand = fihost::find_subcommand(first);
  const auto parsed = fihost::parse(subcommand, arguments);
  return parsed ? subcommand.run(*parsed, std::move(stop)) : fihost::run_help({first});
}

int report(const char* message, int code) {
  std::fprintf(stderr, "fihost: %s\n", message);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  // A limit on files is an error of the write that meets it.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const fihost::Interrupt interrupt;
    try {
      return dispatch({argv + 1, argv + argc}, interrupt.token());
    } catch (const std::exception&) {
      // Whatever failed because of the stop is not worth a message of its own.
      if (interrupt.token().stop_requested()) return report("interrupted", interrupted_code);
      throw;
    }
  } catch (const fihost::Error& e) {
    return report(e.what(), code_of(e.fault()));
  } catch (const std::exception& e) {
    return report((std::string("internal error: ") + e.what()).c_str(), internal_code);
  }
}
