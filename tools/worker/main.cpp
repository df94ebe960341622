// fihost-worker: the processes that touch tensors and devices. The host starts it; people need it
// only to look (--probe).
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/device/device.hpp"
#include "core/device/judge.hpp"
#include "core/device/object.hpp"
#include "core/device/profile_run.hpp"
#include "core/device/runner.hpp"

namespace {

using fihost::Json;

constexpr int control_fd = 3;

int probe() {
  const auto probe = fihost::device::probe_devices();
  Json devices = Json::array();
  for (const auto& info : probe.devices) devices.push_back(fihost::device::to_json(info));
  const Json error = probe.cuda_error.empty() ? Json(nullptr) : Json(probe.cuda_error);
  std::puts(fihost::dump({{"devices", devices}, {"cuda_error", error}}).c_str());
  return 0;
}

/// Loading runs the object's constructors: this process exists to be thrown away.
int inspect(const std::string& file, const fihost::TvmFfiEntry& entry) {
  const auto path = std::filesystem::absolute(file).string();
  const auto object = entry.function.empty() ? fihost::device::Object::load(path)
                                             : fihost::device::Object::load(path, entry);
  Json out;
  if (!object.refusal().empty()) {
    out["error"] = object.refusal();
  } else {
    const fihost_candidate& table = object.table();
    out["name"] = table.name;
    out["definition"] = table.definition;
    out["arch"] = table.arch != nullptr ? Json(table.arch) : Json(nullptr);
    out["role"] = fihost::device::role_name(table.role);
    out["device_type"] = table.device_type == FIHOST_CUDA  ? "cuda"
                         : table.device_type == FIHOST_CPU ? "cpu"
                         : entry.function.empty()          ? "unknown"
                                                           : "any";
    out["flags"] = table.header.flags;
  }
  const std::string text = fihost::dump(out) + "\n";
  const bool written =
      ::write(control_fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::_exit(written ? 0 : 4);
}

int usage() {
  std::fputs(
      "usage: fihost-worker --probe\n"
      "       fihost-worker --inspect FILE [--tvm-ffi RUNTIME --entry NAME]\n"
      "                                                     (JSON on descriptor 3)\n"
      "       fihost-worker --judge --device cpu|cuda:N     (JSON lines on descriptor 3)\n"
      "       fihost-worker --runner --device cpu|cuda:N --flush zero|read\n"
      "       fihost-worker --profile FILE --device cpu|cuda:N   (FILE: what to call, JSON)\n"
      "fihost starts it; see docs/architecture.md.\n",
      stderr);
  return 2;
}

int dispatch(int argc, char** argv) {
  std::map<std::string, std::string> options = {
      {"--device", "cpu"}, {"--flush", "zero"}, {"--tvm-ffi", ""}, {"--entry", ""}};
  std::string mode, file;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (options.contains(argument) && i + 1 < argc) {
      options[argument] = argv[++i];
    } else if (argument.rfind("--", 0) == 0 && mode.empty()) {
      mode = argument;
    } else if ((mode == "--inspect" || mode == "--profile") && file.empty()) {
      file = argument;
    } else {
      return usage();
    }
  }
  if (mode == "--probe") return probe();
  if (mode == "--inspect" && !file.empty()) {
    return inspect(file, {.function = options["--entry"], .runtime = options["--tvm-ffi"]});
  }
  if (mode == "--runner") {
    return fihost::device::run_runner(options["--device"], options["--flush"], control_fd);
  }
  if (mode == "--profile" && !file.empty()) {
    const auto request = fihost::device::parse_profile_run(fihost::read_json(file));
    fihost::device::run_profiled(request, options["--device"]);
    return 0;
  }
  if (mode == "--judge") {
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    return fihost::device::run_judge(self, options["--device"], control_fd);
  }
  return usage();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch(argc, argv);
  } catch (const fihost::Error& error) {
    std::fprintf(stderr, "fihost-worker: %s\n", error.what());
    return error.fault() == fihost::Fault::usage ? 2 : 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fihost-worker: internal error: %s\n", error.what());
    return 4;
  }
}
