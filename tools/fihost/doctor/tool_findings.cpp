#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/base/process.hpp"
#include "core/build/builder.hpp"
#include "core/eval/first_line.hpp"
#include "core/solution/tvm_ffi_install.hpp"
#include "tools/fihost/doctor/finding.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;
using State = Finding::State;

// Importing torch from a cold disk takes tens of seconds.
constexpr auto answer_limit = std::chrono::seconds(60);

/// What a command says, or nothing when it fails or cannot be started.
std::optional<std::string> answer(std::vector<std::string> command, const std::stop_token& stop) {
  try {
    const auto output = run({.arguments = std::move(command),
                             .environment = std::nullopt,
                             .directory = {},
                             .files = {}},
                            answer_limit, stop);
    check_cancelled(stop);
    if (!output.exit.ok() || output.timed_out) return std::nullopt;
    return output.out;
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// The last line that speaks of a version; NVIDIA's tools print their copyright first.
std::string version_line(const std::string& text) {
  std::string found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("ersion") != std::string::npos || line.find("elease") != std::string::npos) {
      found = line;
    }
  }
  return first_line(found.empty() ? text : found);
}

/// A tool of the CUDA Toolkit: on the PATH, beside nvcc, or where the toolkit usually is.
std::optional<fs::path> cuda_tool(const std::string& name, const Toolchain& tools) {
  if (const auto found = find_program(name)) return found;
  std::error_code error;
  if (tools.nvcc) {
    if (const auto beside = fs::path(*tools.nvcc).parent_path() / name; fs::exists(beside, error)) {
      return beside;
    }
  }
  const auto usual = fs::path("/usr/local/cuda/bin") / name;
  return fs::exists(usual, error) ? std::optional(usual) : std::nullopt;
}

Finding compiler(const Toolchain& tools) {
  constexpr const char* section = "compilers";
  if (tools.cxx.empty()) {
    return {section,
            "C++",
            State::missing,
            "neither $CXX nor g++, clang++ or c++ can be run",
            "apt-get install g++, or rank objects that were built elsewhere",
            false};
  }
  return {section, "C++", State::ok, tools.cxx + ": " + tools.cxx_version, "", false};
}

Finding nvcc(const Toolchain& tools) {
  constexpr const char* section = "compilers";
  if (!tools.nvcc) {
    return {section,
            "nvcc",
            State::missing,
            "not in $CUDA_HOME/bin, PATH or /usr/local/cuda/bin",
            "install the CUDA Toolkit (12.4 or later), or rank objects that were built elsewhere",
            false};
  }
  return {section, "nvcc", State::ok, *tools.nvcc + ": " + tools.nvcc_version, "", false};
}

Finding ccache(const Toolchain& tools) {
  if (!tools.ccache) {
    return {"compilers",
            "ccache",
            State::missing,
            "not in PATH; only speeds up builds",
            "apt-get install ccache",
            false};
  }
  return {"compilers", "ccache", State::ok, *tools.ccache, "", false};
}

/// Does the driver give performance counters to root alone?
bool counters_for_root_only() {
  std::ifstream file("/proc/driver/nvidia/params");
  for (std::string line; std::getline(file, line);) {
    if (line == "RmProfilingAdminOnly: 1") return ::geteuid() != 0;
  }
  return false;
}

Finding ncu(const Toolchain& tools, const std::stop_token& stop) {
  const auto program = cuda_tool("ncu", tools);
  if (!program) {
    return {"profiling",
            "ncu",
            State::missing,
            "not in PATH or beside nvcc",
            "install Nsight Compute, a part of the CUDA Toolkit",
            false};
  }
  const auto version = answer({program->string(), "--version"}, stop);
  if (!version) {
    return {"profiling",
            "ncu",
            State::broken,
            program->string() + " --version fails",
            "install Nsight Compute again",
            false};
  }
  if (counters_for_root_only()) {
    return {"profiling",
            "ncu",
            State::broken,
            program->string() + ": the driver gives performance counters to root alone",
            "run as root, or load the nvidia module with NVreg_RestrictProfilingToAdminUsers=0",
            false};
  }
  return {"profiling", "ncu", State::ok, program->string() + ": " + version_line(*version),
          "",          false};
}

Finding sanitizer(const Toolchain& tools, const std::stop_token& stop) {
  const auto program = cuda_tool("compute-sanitizer", tools);
  const auto version =
      program ? answer({program->string(), "--version"}, stop) : std::optional<std::string>();
  if (!version) {
    return {"profiling",
            "compute-sanitizer",
            State::missing,
            "not in PATH or beside nvcc",
            "install it with the CUDA Toolkit",
            false};
  }
  return {"profiling", "compute-sanitizer",
          State::ok,   program->string() + ": " + version_line(*version),
          "",          false};
}

Finding torch(const std::stop_token& stop) {
  const auto wanted = python_interpreter();
  const auto python = find_program(wanted);
  if (!python) {
    return {"Python",
            "torch",
            State::missing,
            "there is no " + wanted + " in PATH",
            "apt-get install python3, then pip install torch; $FIHOST_PYTHON names another one",
            false};
  }
  const auto version = answer(
      {python->string(), "-c",
       "import torch; print(torch.__version__, 'with' if torch.cuda.is_available() else 'without', "
       "'CUDA')"},
      stop);
  if (!version) {
    return {"Python",
            "torch",
            State::missing,
            python->string() + " cannot import torch",
            "pip install torch; only definitions' own Python references need it",
            false};
  }
  return {"Python", "torch", State::ok, python->string() + ": torch " + first_line(*version),
          "",       false};
}

Finding tvm_ffi() {
  Finding finding{"Python",
                  "tvm-ffi",
                  State::missing,
                  "its headers were not found",
                  "pip install apache-tvm-ffi; only sources with a TVM-FFI binding need it",
                  false};
  try {
    if (const auto found = find_tvm_ffi()) {
      finding.state = State::ok;
      finding.detail = found->version + ": " + found->include.string();
      finding.cure.clear();
    }
  } catch (const Error& e) {
    finding.state = State::broken;
    finding.detail = e.what();
    finding.cure = "pip install apache-tvm-ffi again, or correct $FIHOST_TVM_FFI";
  }
  return finding;
}

Finding bubblewrap() {
  const auto program = find_program("bwrap");
  if (!program) {
    return {"machine",
            "bubblewrap",
            State::missing,
            "there is no bwrap in PATH; fihost starts no sandbox by itself",
            "apt-get install bubblewrap",
            false};
  }
  return {"machine", "bubblewrap", State::ok, program->string(), "", false};
}

}  // namespace

std::vector<Finding> tool_findings(std::stop_token stop) {
  const auto tools = find_toolchain();
  return {compiler(tools),        nvcc(tools), ccache(tools), ncu(tools, stop),
          sanitizer(tools, stop), torch(stop), tvm_ffi(),     bubblewrap()};
}

}  // namespace fihost
