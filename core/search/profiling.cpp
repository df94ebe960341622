#include "core/search/profiling.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"

namespace fihost::search {
namespace {

double work_of(const Workload& workload) {
  if (workload.cost) return workload.cost->bytes + workload.cost->flops;
  double product = 1;
  for (const auto& [name, extent] : workload.axes) product *= static_cast<double>(extent);
  return product;
}

/// What the worker reads; see core/device/profile_run.hpp.
Json run_json(const ProfileTarget& target, const Workload& workload, double seconds) {
  Json folders = Json::array();
  for (const auto& folder : target.task_folders) folders.push_back(folder.string());
  Json entry;
  if (target.tvm_ffi) {
    entry = {{"function", target.tvm_ffi->function}, {"runtime", target.tvm_ffi->runtime}};
  }
  return {{"definition", target.task.definition.name},
          {"dataset", target.dataset ? Json(target.dataset->string()) : Json(nullptr)},
          {"task_path", folders},
          {"cache", target.cache.string()},
          {"seed", target.seed},
          {"workload", workload.uuid},
          {"object", std::filesystem::absolute(target.object).string()},
          {"tvm_ffi", entry},
          {"lock", !target.device_is_ours},
          {"seconds", static_cast<unsigned>(std::ceil(seconds))}};
}

Json device_json(const DeviceInfo& device) {
  return {{"type", device.type},
          {"name", device.name},
          {"arch", device.cuda() ? device.arch : std::string()}};
}

Json request_json(const ProfileTarget& target, const Workload& workload,
                  const std::filesystem::path& run_file, double seconds) {
  const auto& device = target.device;
  return {{"object", std::filesystem::absolute(target.object).string()},
          {"workload", workload.uuid},
          {"axes", workload.axes},
          {"device", device_json(device)},
          {"command",
           {target.worker.string(), "--profile", run_file.string(), "--device", device.text()}},
          {"seconds", seconds}};
}

/// Whole lines where there are any.
std::string fitted(const std::string& text) {
  if (text.size() <= digest_limit) return text;
  const auto end = text.rfind('\n', digest_limit - 1);
  if (end != std::string::npos) return text.substr(0, end + 1);
  auto cut = digest_limit;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return text.substr(0, cut);
}

}  // namespace

std::vector<std::size_t> profile_workloads(const std::vector<Workload>& workloads,
                                           std::size_t count) {
  std::vector<std::size_t> by_work(workloads.size());
  std::iota(by_work.begin(), by_work.end(), std::size_t{0});
  std::stable_sort(by_work.begin(), by_work.end(), [&](std::size_t a, std::size_t b) {
    return work_of(workloads[a]) > work_of(workloads[b]);
  });
  std::set<std::size_t> chosen;
  const auto wanted = std::min(count, workloads.size());
  for (std::size_t i = 0; i < wanted; ++i) {
    chosen.insert(by_work[wanted == 1 ? 0 : i * (workloads.size() - 1) / (wanted - 1)]);
  }
  return {chosen.begin(), chosen.end()};
}

std::string profiler_refusal(Component& profiler, const DeviceInfo& device) {
  const auto reply = profiler.invoke("check", {{"device", device_json(device)}});
  try {
    if (reply.at("usable").get<bool>()) return {};
    const auto reason = reply.value("reason", std::string());
    return reason.empty() ? "the profiler cannot work here and does not say why" : reason;
  } catch (const Json::exception& e) {
    fail("the profiler's reply is not as profiler.check.json says ({}): found {}", e.what(),
         dump(reply).substr(0, 120));
  }
}

Profile profile(Component& profiler, const ProfileTarget& target, const Workload& workload,
                double seconds) {
  const TempDir folder("fihost-profile");
  const auto run_file = folder.path() / "run.json";
  write_text(run_file, dump(run_json(target, workload, seconds)));
  const auto start = Clock::now();
  Profile profile;
  profile.workload = workload.uuid;
  profile.reply = profiler.invoke("profile", request_json(target, workload, run_file, seconds));
  profile.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  try {
    static_cast<void>(profile.reply.at("metrics"));
    profile.hints = profile.reply.at("hints").get<std::vector<std::string>>();
    profile.digest = fitted(profile.reply.value("digest", std::string()));
  } catch (const Json::exception& e) {
    fail("the profiler's reply is not as profiler.profile.json says ({}): found {}", e.what(),
         dump(profile.reply).substr(0, 120));
  }
  return profile;
}

}  // namespace fihost::search
