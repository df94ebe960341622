#include <cstdlib>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/build/builder.hpp"
#include "core/build/command_line.hpp"
#include "core/build/text_lines.hpp"

namespace fihost {
namespace {

/// What `program` --version says on the first line that holds `word`; empty when it cannot be run.
std::string version_of(const std::string& program, std::string_view word) {
  auto arguments = split_words(program);
  arguments.emplace_back("--version");
  std::string version;
  try {
    const auto output = run({.arguments = std::move(arguments),
                             .environment = compiler_environment(),
                             .directory = {},
                             .files = {}},
                            std::chrono::seconds(20));
    for_each_line(output.out, [&](std::string_view line) {
      if (version.empty() && line.find(word) != std::string_view::npos) version = line;
    });
  } catch (const Error&) {
    // Not there, or not a program: the caller looks further.
  }
  return version;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::optional<std::string> find_nvcc() {
  const auto home = variable("CUDA_HOME");
  if (const auto path = home + "/bin/nvcc"; !home.empty() && std::filesystem::exists(path)) {
    return path;
  }
  if (const auto found = find_program("nvcc")) return found->string();
  const std::string usual = "/usr/local/cuda/bin/nvcc";
  return std::filesystem::exists(usual) ? std::optional(usual) : std::nullopt;
}

}  // namespace

Toolchain find_toolchain() {
  Toolchain tools;
  for (const auto& program :
       {variable("CXX"), std::string("g++"), std::string("clang++"), std::string("c++")}) {
    if (program.empty()) continue;
    tools.cxx_version = version_of(program, "");
    if (tools.cxx_version.empty()) continue;
    tools.cxx = program;
    break;
  }
  tools.nvcc = find_nvcc();
  if (tools.nvcc) {
    tools.nvcc_version = version_of(*tools.nvcc, "release");
    if (tools.nvcc_version.empty()) tools.nvcc.reset();
  }
  if (const auto found = find_program("ccache")) tools.ccache = found->string();
  return tools;
}

}  // namespace fihost
