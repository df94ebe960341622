#include <algorithm>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/eval/first_line.hpp"
#include "core/eval/worker_probe.hpp"
#include "core/report/quantity.hpp"
#include "tools/fihost/doctor/finding.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;
using State = Finding::State;

// Evaluating takes a second or two; a fihost that is measuring on the device is waited for.
constexpr auto round_trip_limit = std::chrono::minutes(3);

Finding no_gpu(const std::string& reason) {
  const bool left_out = reason.find("without CUDA") != std::string::npos;
  const bool absent = left_out || reason.find("no NVIDIA driver") != std::string::npos;
  const std::string cure = left_out ? "install a fihost that was built with CUDA"
                                    : "install an NVIDIA driver that is new enough";
  return {"GPU",
          "device",
          absent ? State::missing : State::broken,
          reason,
          cure + "; without a GPU fihost ranks on the CPU",
          false};
}

std::vector<Finding> gpus(const Probe& probe) {
  std::vector<Finding> all;
  for (const auto& device : probe.devices) {
    if (!device.cuda()) continue;
    all.push_back({"GPU", device.text(), State::ok,
                   fmt::format("{} ({}), {:.0f} GiB, driver {}", device.name, device.arch,
                               static_cast<double>(device.memory_bytes) / (1024.0 * 1024 * 1024),
                               device.driver),
                   "", false});
    // The driver's own number comes from NVML; without it only CUDA's is there.
    if (device.driver.rfind("CUDA", 0) == 0) {
      all.push_back({"GPU", "NVML", State::missing,
                     "libnvidia-ml.so.1 does not answer: clocks and throttling are not recorded",
                     "install the driver's NVML library (in containers: the utility capability)",
                     false});
    }
  }
  if (all.empty()) all.push_back(no_gpu(probe.cuda_error.value_or("the worker found none")));
  return all;
}

/// The one candidate of a ranking as `fihost load --json` prints it.
Finding judged(Finding finding, const Output& output) {
  try {
    const auto json = parse_json(output.out, "fihost load --json");
    const auto& candidate = json.at("candidates").at(0);
    const auto verdict = candidate.at("verdict").get<std::string>();
    if (verdict == "PASSED") {
      const auto latency = candidate.at("workloads").at(0).at("latency_ms").get<double>();
      finding.state = State::ok;
      finding.cure.clear();
      finding.detail =
          fmt::format("a candidate was loaded, found right and timed: {}", duration_text(latency));
    } else {
      finding.detail = "a shipped candidate ended with " + verdict;
    }
  } catch (const std::exception&) {
    finding.detail = last_line(output.err);
  }
  return finding;
}

/// The shipped candidate, through this program as a user would start it.
Finding round_trip(const fs::path& prefix, const std::string& device, const std::string& type,
                   bool basic, const std::stop_token& stop) {
  Finding finding{"round trip",
                  device,
                  State::broken,
                  "",
                  "see what `fihost load` says of the same object; `fihost-worker --probe` of the "
                  "device",
                  basic};
  const auto object = prefix / "lib/fihost/candidates/rmsnorm_h7168" / ("naive." + type + ".so");
  std::error_code error;
  if (!fs::exists(object, error)) {
    finding.state = State::missing;
    finding.detail = object.string() + " is not there";
    finding.cure = "install fihost again";
    return finding;
  }
  try {
    const auto output =
        run({.arguments = {(prefix / "bin/fihost").string(), "load", object.string(), "--device",
                           device, "--quick", "--workloads", "0", "--json"},
             .environment = std::nullopt,
             .directory = {},
             .files = {}},
            round_trip_limit, stop);
    check_cancelled(stop);
    if (!output.timed_out) return judged(std::move(finding), output);
    finding.detail = "no verdict in 3 minutes";
    finding.cure = "look for another fihost that is using the device, or a driver that hangs";
  } catch (const Error& e) {
    finding.detail = e.what();
  }
  return finding;
}

}  // namespace

std::vector<Finding> device_findings(const fs::path& prefix, std::stop_token stop) {
  Probe probe;
  try {
    probe = probe_worker(worker_program(prefix), stop);
  } catch (const Error& e) {
    return {{"GPU", "worker", State::broken, e.what(), "install fihost again", true}};
  }
  auto all = gpus(probe);
  all.push_back(round_trip(prefix, "cpu", "cpu", true, stop));
  const auto cuda = [](const DeviceInfo& device) { return device.cuda(); };
  if (std::any_of(probe.devices.begin(), probe.devices.end(), cuda)) {
    all.push_back(round_trip(prefix, "cuda:0", "cuda", false, stop));
  }
  return all;
}

}  // namespace fihost
