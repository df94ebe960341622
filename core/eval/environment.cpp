#include "core/eval/environment.hpp"

#include <ctime>

#include "core/base/processor.hpp"

namespace fihost {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

}  // namespace

Environment environment_of(const Toolchain& toolchain, const std::vector<std::string>& archs) {
  Environment environment;
  environment.time = utc_now();
  environment.cpu = processor_name();
  environment.cxx = toolchain.cxx_version;
  environment.nvcc = toolchain.nvcc_version;
  environment.archs = archs;
  return environment;
}

}  // namespace fihost
