#include "ncu.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "child.hpp"

namespace profiler_ncu {
namespace {

namespace fs = std::filesystem;
using fihost::sdk::Error;

constexpr const char* counters_advice =
    "run as root, or let every user read them with the driver's option "
    "NVreg_RestrictProfilingToAdminUsers=0";

bool runnable(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

std::optional<std::string> in_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && runnable(fs::path(folder) / name)) return fs::path(folder) / name;
  }
  return std::nullopt;
}

/// The installer makes a folder a version.
std::optional<std::string> newest_of(const fs::path& root) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    if (runnable(entry.path() / "ncu")) found.push_back(entry.path() / "ncu");
  }
  if (found.empty()) return std::nullopt;
  return *std::max_element(found.begin(), found.end());
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of(" \r\n");
  if (end == std::string::npos) return {};
  const auto begin = text.find_last_of('\n', end);
  return text
      .substr(begin == std::string::npos ? 0 : begin + 1,
              end - (begin == std::string::npos ? -1 : begin))
      .substr(0, 300);
}

Ended run(const std::vector<std::string>& arguments, double seconds,
          const fihost::sdk::Context& context) {
  try {
    return run_child(arguments, seconds, [&] { return context.cancelled(); });
  } catch (const std::system_error& e) {
    throw Error(FIHOST_UNSUPPORTED, e.what());
  }
}

/// Why it ended like this, with what ncu and the program said last.
std::string reason(const Ended& ended) {
  auto why = ended.signal != 0 ? fmt::format("signal {}", ended.signal)
                               : fmt::format("exit code {}", ended.code);
  const auto error = first_error(ended.out), said = last_line(ended.err);
  if (!error.empty()) why += ": " + error;
  if (!said.empty()) why += "; its program said: " + said;
  return why;
}

}  // namespace

std::optional<std::string> find_ncu(const std::string& path) {
  if (!path.empty()) {
    if (path.find('/') == std::string::npos) return in_path(path);
    return runnable(path) ? std::optional(path) : std::nullopt;
  }
  if (auto found = in_path("ncu")) return found;
  std::vector<fs::path> places = {"/usr/local/cuda/bin/ncu"};
  if (const char* home = std::getenv("CUDA_HOME"); home != nullptr && *home != '\0') {
    places.insert(places.begin(), fs::path(home) / "bin" / "ncu");
  }
  for (const auto& place : places) {
    if (runnable(place)) return place;
  }
  return newest_of("/opt/nvidia/nsight-compute");
}

std::string counters_refusal() {
  if (::geteuid() == 0) return {};
  std::ifstream file("/proc/driver/nvidia/params");
  for (std::string line; std::getline(file, line);) {
    if (line == "RmProfilingAdminOnly: 1") {
      return std::string("the driver keeps hardware counters for administrators: ") +
             counters_advice;
    }
  }
  return {};
}

std::vector<std::string> choose_launches(const std::vector<std::string>& names,
                                         const std::vector<std::size_t>& numbers) {
  return {"--kernel-id",
          fmt::format("::regex:^({})$:{}", fmt::join(names, "|"), fmt::join(numbers, "|"))};
}

std::vector<Launch> run_ncu(const std::string& ncu, const Look& look,
                            const std::vector<std::string>& command, double seconds,
                            const fihost::sdk::Context& context) {
  std::vector<std::string> arguments = {ncu,
                                        "--config-file",
                                        "off",
                                        "--profile-from-start",
                                        "off",
                                        "--target-processes",
                                        "all",
                                        "--clock-control",
                                        "none",
                                        "--csv",
                                        "--page",
                                        "raw",
                                        "--print-units",
                                        "base"};
  arguments.insert(arguments.end(), look.options.begin(), look.options.end());
  arguments.push_back("--metrics");
  arguments.push_back(fmt::format("{}", fmt::join(look.metrics, ",")));
  arguments.insert(arguments.end(), command.begin(), command.end());
  const auto ended = run(arguments, seconds, context);
  if (ended.cancelled) throw Error(FIHOST_CANCELLED, "cancelled");
  if (ended.timed_out) {
    throw Error(FIHOST_DEVICE_ERROR, fmt::format("ncu did not finish in {:.0f} s", seconds));
  }
  if (ended.out.find("ERR_NVGPUCTRPERM") != std::string::npos) {
    throw Error(
        FIHOST_UNSUPPORTED,
        std::string("the driver refuses hardware counters (ERR_NVGPUCTRPERM): ") + counters_advice);
  }
  auto launches = parse_launches(ended.out);
  // Rows that came before a program failed say nothing about a call that works.
  if (ended.code != 0) {
    throw Error(FIHOST_DEVICE_ERROR, "ncu ended with " + reason(ended));
  }
  const auto error = first_error(ended.out);
  if (launches.empty() && !error.empty()) throw Error(FIHOST_DEVICE_ERROR, "ncu: " + error);
  // With nothing to show ncu says so; without a word it is not ncu.
  if (launches.empty() && ended.out.find("==") == std::string::npos) {
    throw Error(FIHOST_DEVICE_ERROR, ncu + " printed no table: is it Nsight Compute?");
  }
  return launches;
}

std::string ncu_version(const std::string& ncu, const fihost::sdk::Context& context) {
  constexpr double version_seconds = 20;
  const auto ended = run({ncu, "--version"}, version_seconds, context);
  const auto at = ended.out.find("Version ");
  if (ended.timed_out) {
    throw Error(FIHOST_UNSUPPORTED,
                fmt::format("{} --version did not finish in {:.0f} s", ncu, version_seconds));
  }
  if (ended.code != 0 || at == std::string::npos) {
    throw Error(FIHOST_UNSUPPORTED,
                fmt::format("{} --version: {}, and no version in its output", ncu, reason(ended)));
  }
  const auto begin = at + 8;
  return ended.out.substr(begin, ended.out.find_first_of(" \r\n", begin) - begin);
}

}  // namespace profiler_ncu
