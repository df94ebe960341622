#include "tools/fihost/version.hpp"

#include <elfutils/version.h>
#include <fihost/abi.h>
#include <fmt/core.h>
#include <openssl/opensslv.h>

#include <boost/version.hpp>
#include <string>

#include "tools/fihost/build_facts.hpp"

namespace fihost {
namespace {

/// 90100 with 100 a step -> "9.1.0".
std::string dotted(unsigned version, unsigned step) {
  return fmt::format("{}.{}.{}", version / (step * step), version / step % step, version % step);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

Json version_json() {
  const auto json_library = fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR,
                                        NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH);
  return {
      {"schema", "fihost.version/1"},
      {"fihost", build_facts::version},
      {"commit", build_facts::commit},
      {"candidate_abi", FIHOST_ABI_VERSION},
      {"plugin_abi", FIHOST_ABI_VERSION},
      {"compiler", build_facts::compiler},
      {"standard_library", fmt::format("libstdc++ {}", _GLIBCXX_RELEASE)},
      {"build_type", text_or_null(build_facts::build_type)},
      {"sanitizers", text_or_null(build_facts::sanitizers)},
      {"cuda_toolkit", text_or_null(build_facts::cuda_toolkit)},
      {"libraries",
       {{"boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                              BOOST_VERSION % 100)},
        {"fmt", dotted(FMT_VERSION, 100)},
        {"nlohmann_json", json_library},
        {"openssl", OPENSSL_VERSION_STR},
        {"elfutils", fmt::format("0.{}", _ELFUTILS_VERSION)}}},
  };
}

}  // namespace fihost
