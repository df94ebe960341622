#include "core/eval/worker_probe.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/eval/first_line.hpp"

namespace fihost {
namespace {

// Context creation takes 0.3 s; a driver that has to wake its GPUs up takes seconds.
constexpr auto probe_timeout = std::chrono::seconds(60);

/// The ordinal of "cuda" or "cuda:N"; -1 for "cpu".
int parse_wanted(const std::string& wanted) {
  if (wanted == "cpu") return -1;
  if (wanted == "cuda") return 0;
  const std::string_view prefix = "cuda:";
  int ordinal = -1;
  if (wanted.rfind(prefix, 0) == 0) {
    const char* begin = wanted.data() + prefix.size();
    const char* end = wanted.data() + wanted.size();
    const auto [rest, error] = std::from_chars(begin, end, ordinal);
    if (error == std::errc{} && rest == end && ordinal >= 0) return ordinal;
  }
  throw Error(
      fmt::format("--device {}: found no such device type; give cpu, cuda or cuda:N", wanted),
      Fault::usage);
}

const DeviceInfo* find_device(const Probe& probe, const std::string& type, int ordinal) {
  const auto found =
      std::find_if(probe.devices.begin(), probe.devices.end(),
                   [&](const DeviceInfo& d) { return d.type == type && d.ordinal == ordinal; });
  return found == probe.devices.end() ? nullptr : &*found;
}

}  // namespace

std::filesystem::path worker_program(const std::filesystem::path& prefix) {
  const auto worker = prefix / "bin" / "fihost-worker";
  if (::access(worker.c_str(), X_OK) != 0) {
    fail("cannot find the program {}: the installation is incomplete; install fihost again",
         worker.string());
  }
  return worker;
}

Probe probe_worker(const std::filesystem::path& worker, std::stop_token stop) {
  Command command;
  command.arguments = {worker.string(), "--probe"};
  const auto output = run(command, probe_timeout, stop);
  check_cancelled(stop);
  if (output.timed_out) {
    fail("{} --probe gave no answer in {} s; is the GPU driver stuck?", worker.string(),
         probe_timeout.count());
  }
  if (!output.exit.ok()) {
    fail("{} --probe ended with {}: {}", worker.string(), output.exit.text(),
         first_line(output.err));
  }
  const auto json = parse_json(output.out, worker.string() + " --probe");
  try {
    Probe probe;
    for (const auto& device : json.at("devices")) probe.devices.push_back(parse_device(device));
    if (json.contains("cuda_error") && !json["cuda_error"].is_null()) {
      probe.cuda_error = json["cuda_error"].get<std::string>();
    }
    return probe;
  } catch (const Json::exception& e) {
    throw Error(
        fmt::format("{} --probe: found an answer of another shape ({}); install fihost again",
                    worker.string(), e.what()),
        Fault::internal);
  }
}

DeviceInfo choose_device(const Probe& probe, const std::optional<std::string>& wanted) {
  if (!wanted) {
    if (const auto* gpu = find_device(probe, "cuda", 0)) return *gpu;
  }
  const int ordinal = wanted ? parse_wanted(*wanted) : -1;
  const std::string type = ordinal < 0 ? "cpu" : "cuda";
  if (const auto* device = find_device(probe, type, std::max(ordinal, 0))) return *device;
  const auto count = std::count_if(probe.devices.begin(), probe.devices.end(),
                                   [&](const DeviceInfo& d) { return d.type == type; });
  if (count > 0) {
    fail("--device {}: this machine has {} CUDA device{}, numbered from 0", wanted.value_or(type),
         count, count == 1 ? "" : "s");
  }
  fail("--device {}: there is no such device: {}", wanted.value_or(type),
       probe.cuda_error.value_or("the worker found none"));
}

}  // namespace fihost
