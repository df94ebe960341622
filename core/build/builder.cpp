#include "core/build/builder.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"
#include "core/build/build_step.hpp"
#include "core/build/command_line.hpp"
#include "core/build/kernel_usage.hpp"
#include "core/build/object_cache.hpp"
#include "core/build/text_lines.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// The files of the depfile that the key does not cover: compilers come with the system's headers,
/// and the SDK is in the key.
std::vector<fs::path> own_dependencies(const fs::path& depfile, const fs::path& prefix,
                                       const std::optional<std::string>& nvcc) {
  std::vector<fs::path> system = {"/usr/include", "/usr/lib", prefix / "include" / "fihost"};
  if (nvcc) {
    system.push_back(cuda_root(*nvcc));
    system.push_back(fs::path(*nvcc).parent_path().parent_path());
  }
  std::vector<fs::path> out;
  for (const auto& name : parse_dependencies(read_text(depfile))) {
    const auto path = fs::absolute(name).lexically_normal();
    const bool known = std::any_of(system.begin(), system.end(),
                                   [&](const fs::path& folder) { return is_below(path, folder); });
    if (!known) out.push_back(path);
  }
  return out;
}

}  // namespace

Builder::Builder(Toolchain toolchain, fs::path prefix, fs::path cache)
    : toolchain_(std::move(toolchain)),
      prefix_(fs::absolute(prefix).lexically_normal()),
      cache_(fs::absolute(cache).lexically_normal()) {}

BuildResult Builder::build(const BuildRequest& request, std::chrono::milliseconds timeout,
                           std::stop_token stop) const {
  const auto start = Clock::now();
  const BuildLimit limit(timeout, std::move(stop));
  const auto spent = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  BuildPlace place{
      .prefix = prefix_, .work = {}, .source = fs::absolute(request.source).lexically_normal()};
  const auto key = object_key(toolchain_, place, request);
  const ObjectCache cache(cache_ / "objects");
  if (auto kept = cache.find(key, place.source)) {
    kept->seconds = spent();
    return std::move(*kept);
  }
  const TempDir work("fihost-build");
  place.work = work.path();
  const auto started = fs::file_time_type::clock::now();
  BuildResult result;
  result.ok = run_step(compile_command(toolchain_, place, request), {}, limit, result) &&
              run_step(link_command(toolchain_, place, request), {}, limit, result);
  result.kernels = parse_kernel_usage(result.log);
  result.seconds = spent();
  if (result.ok) {
    const bool cuda = language_of(place.source) == Language::cuda;
    const FreshObject fresh{.object = place.work / "object.so",
                            .source = place.source,
                            .dependencies = own_dependencies(place.work / "object.d", prefix_,
                                                             cuda ? toolchain_.nvcc : std::nullopt),
                            .started = started};
    result.object = cache.keep(key, fresh, result);
  }
  return result;
}

std::string default_arch(const std::string& device_arch) {
  std::string_view digits = device_arch;
  if (!take_prefix(digits, "sm_") || digits.empty() ||
      digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return device_arch;
  }
  return digits.size() > 2 || digits >= "90" ? device_arch + "a" : device_arch;
}

}  // namespace fihost
