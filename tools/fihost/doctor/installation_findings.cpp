#include <unistd.h>

#include "core/base/error.hpp"
#include "core/eval/worker_probe.hpp"
#include "core/plugin/registry.hpp"
#include "tools/fihost/build_facts.hpp"
#include "tools/fihost/doctor/finding.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;
using State = Finding::State;

constexpr const char* section = "installation";
constexpr const char* reinstall = "install fihost again";

/// A file or folder of the installation.
Finding part(const std::string& name, const fs::path& path, bool basic) {
  std::error_code error;
  const bool there = fs::exists(path, error);
  return {section, name, there ? State::ok : State::missing, path.string(), there ? "" : reinstall,
          basic};
}

Finding worker(const fs::path& prefix) {
  try {
    return {section, "worker", State::ok, worker_program(prefix).string(), "", true};
  } catch (const Error& e) {
    return {section, "worker", State::missing, e.what(), reinstall, true};
  }
}

}  // namespace

std::vector<Finding> installation_findings(const fs::path& prefix) {
  std::vector<Finding> all;
  all.push_back(
      {section, "fihost", State::ok,
       fmt::format("{} ({}) in {}", build_facts::version, build_facts::commit, prefix.string()), "",
       true});
  all.push_back(worker(prefix));
  all.push_back(part("SDK", prefix / "include/fihost/candidate.h", false));
  all.push_back(part("tasks", prefix / "share/fihost/candidates", false));
  const Registry registry(plugin_path({}, prefix));
  std::string ids;
  for (const auto& component : registry.components()) {
    ids += (ids.empty() ? "" : ", ") + component.id;
  }
  all.push_back({section, "plugins", ids.empty() ? State::missing : State::ok,
                 ids.empty() ? "none was found" : ids, ids.empty() ? reinstall : "", true});
  for (const auto& refusal : registry.refusals()) {
    all.push_back({section, "plugin", State::broken,
                   refusal.library.string() + ": " + refusal.reason,
                   "build it against this fihost's SDK, or remove it", false});
  }
  return all;
}

}  // namespace fihost
